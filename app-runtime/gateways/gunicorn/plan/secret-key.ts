import { type Application, isDjango, isUnknown, placeOf, usesOf } from './application.js';
import type { Finding, Place } from '../../../gateway/finding.js';

const RANDOM = /\b(urandom|token_\w+|get_random_secret_key|get_random_string|uuid4|SystemRandom|random\.\w+)\(/;

/** A key that each process makes for itself: what one signs, such as a session, no other one believes. */
export function judgeSecretKey(application: Application): Finding[] {
  const plain = usesOf(application, 'random key').filter(({ detail }) => !isGiven(application, detail)).map(({ what, ...place }) => random(place, what));
  const written = isDjango(application) ? application.survey.settings.names['SECRET_KEY'] : undefined;
  if (!written || !isUnknown(written.value) || !RANDOM.test(written.source) || isGiven(application, written.words)) return plain;
  return [...plain, random(placeOf(application, 'SECRET_KEY'), written.source)];
}

function isGiven({ told }: Application, words: string | readonly string[] | null): boolean {
  return [words ?? []].flat().some((word) => told.variables.includes(word));
}

function random({ file, line }: Place, got: string): Finding {
  return { kind: 'secret key', weight: 'breaks', file, line, must: 'the secret key must be the same on every server', got, todo: "read os.environ['SECRET_KEY'], which all servers are given" };
}
