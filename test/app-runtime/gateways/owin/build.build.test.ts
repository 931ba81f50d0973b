import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildRelease, type ReleaseOptions } from '../../../../lib/release.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';
import { releaseSettings } from '../../settings.js';

const build = (folder: string, more: Partial<ReleaseOptions> = {}) =>
  buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: temporaryFolder(), onProgress: () => {}, ...more });

/** A copy of the example, with files of its own. */
function site(files: Readonly<Record<string, string>> = {}): string {
  const parent = temporaryFolder();
  cpSync('examples/owin', join(parent, 'shop'), { recursive: true });
  return application(files, parent);
}

const refused = (files: Readonly<Record<string, string>>) => {
  const folder = site(files);
  return refusal(() => build(folder), folder);
};

const project = (items: string) => `<Project ToolsVersion="4.0" DefaultTargets="Build" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
  <PropertyGroup><OutputType>Library</OutputType><AssemblyName>Site</AssemblyName><OutputPath>bin\\</OutputPath></PropertyGroup>
  <ItemGroup><Reference Include="System" /><Reference Include="System.Core" /><Compile Include="*.cs" />${items}</ItemGroup>
  <Import Project="$(MSBuildToolsPath)\\Microsoft.CSharp.targets" />
</Project>`;

test('the example becomes the same release from two clones and two caches: what was compiled, with the host beside it, and no sources', () => {
  const first = build(site());
  expect(build(site({ 'obj/Release/Site.dll': 'old', 'bin/Old.dll': 'MZ' })).digest).toBe(first.digest);
  expect(first.manifest).toMatchObject({ gateway: { name: 'owin', serves: 'Example.Startup, Site' }, static: [{ url: '/assets/', directory: 'app/public/assets' }] });
  const paths = execFileSync('tar', ['tzf', first.archive], { encoding: 'utf8' }).trim().split('\n').filter((path) => !path.endsWith('/') && !/\.(gz|br)$/.test(path));
  expect(paths.sort()).toEqual(['app/bin/Site.dll', 'app/public/assets/site.css', 'lib/owin-host.exe', 'release.json']);
});

test('assemblies that their author built are served as they are, by the class that an attribute names', () => {
  const folder = application({});
  const source = application({ 'Site.cs': `[assembly: Vendor.OwinStartup(typeof(Shop.Site))]
    namespace Owin { public interface IAppBuilder { } }
    namespace Vendor { public class OwinStartupAttribute : System.Attribute { public OwinStartupAttribute(System.Type type) { } } }
    namespace Shop { public class Site { public void Configuration(Owin.IAppBuilder app) { } } public class Startup { public void Configuration(Owin.IAppBuilder app) { } } }` });
  execFileSync('mkdir', [join(folder, 'bin')]);
  execFileSync('mcs', ['-target:library', `-out:${join(folder, 'bin/Shop.dll')}`, join(source, 'Site.cs')]);
  expect(build(folder).manifest.gateway.serves).toBe('Shop.Site, Shop');
});

test('what does not compile, has no Startup or two of them, is refused with what to do', () => {
  expect(refused({ 'Startup.cs': 'public class Startup { int x = "a"; }' })).toMatch(/^shop\/Site\.csproj: must compile, got Startup\.cs\(1,32\): error CS0029: .*; run `xbuild \/p:Configuration=Release` on this computer and correct it$/);
  expect(refused({ 'Startup.cs': 'namespace Example { public class Start { } }' })).toBe('shop: must hold a class Startup with a method Configuration(IAppBuilder app), got none; add it as a public class, or name another one by [assembly: OwinStartup(typeof(X))]');
  expect(refused({ 'Startup.cs': 'namespace A { public class Startup { public void Configuration(Owin.IAppBuilder app) {} } }\nnamespace B { public class Startup { public void Configuration(Owin.IAppBuilder app) {} } }' }))
    .toBe('shop: must hold one class that starts it, got A.Startup, Site and B.Startup, Site; name one of them alone, as in [assembly: OwinStartup(typeof(A.Startup))]');
});

test('what its assemblies need and neither bin/ nor a machine has, is refused before a machine misses it', () => {
  const folder = application({ 'Cart.cs': 'public class Cart { }', 'Shop.cs': 'namespace Owin { public interface IAppBuilder { } } public class Startup { public void Configuration(Owin.IAppBuilder app) { new Cart(); } }' });
  execFileSync('mkdir', [join(folder, 'bin')]);
  execFileSync('mcs', ['-target:library', '-out:Cart.dll', 'Cart.cs'], { cwd: folder });
  execFileSync('mcs', ['-target:library', '-r:Cart.dll', '-out:bin/Shop.dll', 'Shop.cs'], { cwd: folder });
  expect(refusal(() => build(folder), folder)).toBe("shop/bin/Shop.dll: what it refers to must be in bin/, or one of Mono's that machines have, got Cart; add it to the references that are copied into bin/");
});

test('packages that were not restored, and those that xbuild cannot follow, are refused with how to have them', () => {
  expect(refused({ 'packages.config': '<packages><package id="Newtonsoft.Json" version="13.0.3" targetFramework="net45" /></packages>' }))
    .toBe('shop/packages: must hold every package of packages.config, got no Newtonsoft.Json.13.0.3; run `nuget restore -PackagesDirectory packages` and leave the folder in the application');
  expect(refused({ 'Site.csproj': project('<PackageReference Include="Newtonsoft.Json" Version="13.0.3" />') })).toMatch(/^shop\/Site\.csproj: packages must be named in packages\.config, which xbuild can follow, got PackageReference; /);
  expect(refused({ 'Site.csproj': project('<Reference Include="Newtonsoft.Json" />'), 'Startup.cs': 'using Newtonsoft.Json;' })).toMatch(/^shop\/Site\.csproj: every reference must be there to compile with, got no Newtonsoft\.Json; /);
});

test('a computer without Mono is told what to install', () => {
  const folder = site();
  const before = process.env['PATH'];
  onTestFinished(() => void (process.env['PATH'] = before));
  process.env['PATH'] = temporaryFolder();
  expect(refusal(() => build(folder), folder)).toMatch(/^xbuild: this computer must have Mono, to build what is deployed, got .*ENOENT; install mono-devel, /);
});
