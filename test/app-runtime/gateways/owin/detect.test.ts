import { expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import { heap } from '../../../../app-runtime/gateways/owin/size.js';
import { application, refusal } from '../../../lib/application.js';

const PROJECT = '<Project ToolsVersion="4.0"><ItemGroup><Reference Include="Owin" /></ItemGroup></Project>';
const SDK = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>';
const STARTUP = 'public class Startup { public void Configuration(Owin.IAppBuilder app) {} }';
const chosen = (files: Record<string, string>, gateway = '') => chooseGateway(application(files), 'shop', gateway);

test('a project is recognised by a reference to Owin, or by sources that use it, in the folder or in one of a solution', () => {
  expect(chosen({ 'Shop.csproj': PROJECT })).toMatchObject({ name: 'owin', recognition: { serves: 'Startup', recognised: 'OWIN on Mono, by Shop.csproj' } });
  expect(chosen({ 'Shop.sln': '', 'Web/Web.csproj': '<Project/>', 'Web/App_Start/Startup.cs': STARTUP, 'Web.Tests/Web.Tests.csproj': PROJECT }).recognition.recognised).toBe('OWIN on Mono, by Web/Web.csproj');
});

test('assemblies that were built are recognised by what they name', () => {
  expect(chosen({ 'bin/Shop.dll': 'MZ\0Owin\0IAppBuilder\0' })).toMatchObject({ name: 'owin', recognition: { recognised: 'OWIN on Mono, by the assemblies in bin/' } });
});

test('a folder with none, or with two, is refused', () => {
  expect(refusal(() => chosen({ 'Shop.csproj': '<Project/>' }, 'owin'))).toBe('shop: must hold an OWIN application, got neither a .csproj nor assemblies in bin/ that use Owin; name the folder with the project, or the one whose bin/ was built');
  expect(refusal(() => chosen({ 'Cart/Cart.csproj': PROJECT, 'Shop/Shop.csproj': PROJECT }))).toMatch(/^shop: must hold one project that uses Owin, got Cart\/Cart\.csproj and Shop\/Shop\.csproj; /);
});

test('an SDK-style project is told that what it publishes is an executable', () => {
  expect(refusal(() => chosen({ 'Shop.csproj': SDK }))).toMatch(/^shop\/Shop\.csproj: a project must be a classic one of \.NET Framework, which Mono builds, got an SDK-style project; publish it by `dotnet publish --self-contained` and say in a Procfile .*`web: \.\/Shop`/);
  expect(chosen({ 'Shop.csproj': SDK, Procfile: 'web: ./Shop\n', Shop: '' }).name).toBe('executable');
});

test.each([[2, 800], [0.9, 236], [0.44, 48]])('of a machine of %s GiB, Mono collects eagerly from %s MiB on', (gib, mib) => {
  expect(heap({ memoryBytes: gib * 2 ** 30 })).toBe(mib);
});
