import { type Application, isDjango, placeOf, textsOf, usesOf } from './application.js';
import type { Finding, Place } from '../../../gateway/finding.js';

const ONCE = 'a schedule must run once for all servers';
const OUTSIDE = 'start the job from outside, by EventBridge Scheduler or one worker, or let each run take a lock in the database';
const APPS: Readonly<Record<string, string>> = { django_crontab: 'django_crontab, which no crontab runs here', django_apscheduler: 'django_apscheduler in each worker' };

/** Schedules that live in the processes that serve: each of them runs every job, or none does. */
export function judgeClocks(application: Application): Finding[] {
  const apps = isDjango(application) ? textsOf(application, 'INSTALLED_APPS').map((name) => name.split('.')[0]!).filter((name) => Object.hasOwn(APPS, name)) : [];
  return [
    ...usesOf(application, 'clock').map((use) => schedule(use, `${use.what} in each worker of each server`)),
    ...apps.map((name) => schedule(placeOf(application, 'INSTALLED_APPS', name), APPS[name]!)),
    ...usesOf(application, 'timer', 'thread').map(({ file, line, what }): Finding =>
      ({ kind: 'scheduler', weight: 'weakens', file, line, must: 'work beside requests must survive its server', got: `${what}, which ends with the worker and runs in each`, todo: OUTSIDE })),
  ];
}

function schedule({ file, line }: Place, got: string): Finding {
  return { kind: 'scheduler', weight: 'breaks', file, line, must: ONCE, got, todo: OUTSIDE };
}
