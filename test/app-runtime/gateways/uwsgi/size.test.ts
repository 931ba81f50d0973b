import { expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { gatewayNamed } from '../../../../app-runtime/gateways.js';
import { shapes } from '../../machine.js';

const django = shapes['single-node-django-2-cores'];

test('as many requests count as work that it can do as its processes have threads', () => {
  const { size } = gatewayNamed('uwsgi');
  expect(size(django.facts)).toEqual({ workers: 1, threads: 48 });
  const files = plan({ ...django, manifest: { ...django.manifest, gateway: { ...django.manifest.gateway, name: 'uwsgi' } } }).files;
  const said = (name: string) => files.find(({ path }) => path.startsWith(`/etc/paddock/${name}`))!.content;
  expect(JSON.parse(said('front-')).places).toBe(48);
  expect(said('uwsgi-')).toMatch(/processes = 3\nthreads = 16\n/);
});
