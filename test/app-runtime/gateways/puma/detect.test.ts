import { expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import { builder } from '../../../../app-runtime/gateways/puma/builder.js';
import { gateway as puma } from '../../../../app-runtime/gateways/puma/gateway.js';
import { builder as unicornBuilder } from '../../../../app-runtime/gateways/unicorn/builder.js';
import { gateway as unicorn } from '../../../../app-runtime/gateways/unicorn/gateway.js';
import { application, refusal } from '../../../lib/application.js';

const RUN = { 'config.ru': 'run Shop\n' };
const found = (files: Record<string, string>, web?: string) => builder.recognise({ path: application(files), where: 'shop', web });
const chosen = (files: Record<string, string>, named?: string) => chooseGateway(application(files), 'shop', named);

test('a folder with a config.ru is served by Puma', () => {
  expect(chosen(RUN)).toMatchObject({ name: 'puma', recognition: { serves: 'config.ru', recognised: 'Puma serving config.ru' }, warnings: [] });
});

test('Unicorn serves it where the settings page says so, or a Procfile', () => {
  expect(chosen(RUN, 'unicorn')).toMatchObject({ name: 'unicorn', recognition: { serves: 'config.ru', recognised: 'Unicorn serving config.ru' } });
  for (const web of ['unicorn', 'bundle exec unicorn -c config/unicorn.rb', 'exec unicorn']) expect(chosen({ ...RUN, Procfile: `web: ${web}\n` }).name).toBe('unicorn');
  expect(chosen({ ...RUN, Procfile: 'web: bundle exec puma\n' }, 'unicorn').recognition.recognised).toBe('Unicorn serving config.ru');
  expect(unicornBuilder.sign(application(RUN))).toBeUndefined();
});

test('a Procfile names another rackup file; how it is served, Paddock says', () => {
  const files = { 'shop.ru': '', Procfile: 'web: bundle exec puma -t 5:5 -p ${PORT:-3000} ./shop.ru\nrelease: bundle exec rake db:migrate\n' };
  expect(chosen(files)).toMatchObject({
    name: 'puma', releaseCommand: 'bundle exec rake db:migrate', recognition: { serves: 'shop.ru', recognised: 'Puma serving shop.ru, by the Procfile\'s web line' },
    warnings: ['Procfile: -t -p ignored; Paddock computes them from the machine and the request budget'],
  });
  expect(found({ ...RUN, 'config/puma.rb': '' }).warnings).toEqual(['config/puma.rb: is not read; Paddock configures Puma for the machine']);
});

test('a web line that is not one plain command of a rackup file inside the application is refused', () => {
  for (const web of ['puma && echo', 'puma | tee log', 'puma "shop.ru"']) {
    expect(refusal(() => found(RUN, web))).toBe(`shop/Procfile: the web line must be one plain puma command, got ${web}; write \`web: puma\`, and put what runs before it on the \`release:\` line`);
  }
  for (const web of ['puma ../shop.ru', 'puma /srv/shop.ru', 'puma a.ru b.ru']) {
    expect(refusal(() => found(RUN, web))).toBe(`shop/Procfile: the web line must name one rackup file inside the application, got ${web}; write \`web: puma config.ru\``);
  }
  expect(builder.launches('pumactl start', '')).toBe(false);
});

test('a rackup file that is not there is refused', () => {
  expect(refusal(() => found({ 'app.rb': '' }, 'puma'))).toBe('shop: must hold the rackup file that Puma serves, got no config.ru; add one, as in `run Application`, or name it in a Procfile: `web: puma other.ru`');
});

for (const [machine, cores, gib, workers] of [
  ['two cores', 2, 2, 3], ['two cores of a micro, as Linux counts its memory', 2, 0.9, 2], ['two cores of a nano', 2, 0.44, 1], ['one core', 1, 1, 2], ['eight cores', 8, 32, 9], ['next to no memory', 1, 0.1, 1],
] as const) {
  test(`${machine} run ${workers} process${workers > 1 ? 'es' : ''}, of five threads in Puma and of one in Unicorn`, () => {
    const facts = { cores, memoryBytes: gib * 2 ** 30 };
    expect(puma.size(facts)).toEqual({ workers, threads: 5 });
    expect(unicorn.size(facts)).toEqual({ workers, threads: 1 });
  });
}
