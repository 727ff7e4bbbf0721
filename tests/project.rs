//! What other files of a run say of a file: callers, users of what it exports, makers of what it
//! imports.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Project, json};

/// `path:line rule confidence` of each finding, the uncertain ones too.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    json(Project::new(files).path(), &["--pedantic"]).told(&["rule", "confidence"])
}

/// Keeps what it loads, under whatever key it is asked for.
const STORE: &str = "const cache = new Map();
export function load(key) {
  if (!cache.has(key)) cache.set(key, make(key));
  return cache.get(key);
}
";
const FOUND: &str = "store.js:3 unbounded-cache";

const SERVER: &str = "import http from 'node:http';
http.createServer((req, res) => {
  res.end(load(req.url));
}).listen(80);
";

fn server(import: &str) -> String {
    format!("{import}\n{SERVER}")
}

#[test]
fn without_callers_in_view_anybody_may_call() {
    assert_eq!(findings(&[("store.js", STORE)]), [format!("{FOUND} medium")]);
}

#[test]
fn how_many_keys_the_users_of_a_library_have_is_out_of_sight() {
    let library = r#"{ "name": "store", "version": "1.0.0", "main": "store.js" }"#;
    assert_eq!(findings(&[("store.js", STORE), ("package.json", library)]), [format!("{FOUND} low")]);
    // A file that only says how a folder is to be read does not hide it.
    let nested = [("lib/store.js", STORE), ("package.json", library), ("lib/package.json", r#"{ "type": "module" }"#)];
    assert_eq!(findings(&nested), [format!("lib/{FOUND} low")]);
    // Of an application, nothing in view fills it again and again, and with other keys.
    for application in [
        r#"{ "name": "shop", "private": true }"#,
        r#"{ "name": "shop", "version": "1.0.0", "scripts": { "start": "node ." } }"#,
    ] {
        assert_eq!(findings(&[("store.js", STORE), ("package.json", application)]), [format!("{FOUND} low")]);
        let server = server("import { load } from './store.js';");
        let whole = [("store.js", STORE), ("server.js", &*server), ("package.json", application)];
        assert_eq!(findings(&whole), [format!("{FOUND} high")]);
    }
}

#[test]
fn a_caller_in_another_file_that_repeats_makes_it_sure() {
    let server = server("import { load } from './store.js';");
    assert_eq!(findings(&[("store.js", STORE), ("server.js", &server)]), [format!("{FOUND} high")]);
}

#[test]
fn callers_that_give_constants_only_fill_it_with_few_keys() {
    let set_up = "import { load } from './store.js';\nload('users');\nload('groups');\n";
    assert!(findings(&[("store.js", STORE), ("set-up.js", set_up)]).is_empty());
}

#[test]
fn a_handler_is_run_by_the_file_that_registers_it() {
    let handler = "const seen = [];\nexport default (req, res) => {\n  seen.push(req.url);\n  res.end();\n};\n";
    let server =
        "import handler from './handler.js';\nimport http from 'node:http';\nhttp.createServer(handler).listen(80);\n";
    let found = findings(&[("handler.js", handler), ("server.js", server)]);
    assert_eq!(found, ["handler.js:3 unbounded-cache high"]);
}

#[test]
fn re_exports_are_followed() {
    for (barrel, import) in [
        ("export * from './store.js';", "import { load } from './index.js';"),
        ("export { load as get } from './store.js';", "import { get as load } from './index.js';"),
        ("export * as store from './store.js';", "import { store } from './index.js'; const { load } = store;"),
        ("import { load } from './store.js'; export { load };", "import { load } from './index.js';"),
    ] {
        let server = server(import);
        let files = [("store.js", STORE), ("index.js", barrel), ("server.js", &*server)];
        assert_eq!(findings(&files), [format!("{FOUND} high")], "{barrel}");
    }
}

#[test]
fn commonjs_and_compiled_code_are_followed() {
    let plain = STORE.replace("export function load(key) {", "exports.load = function load(key) {");
    let object = STORE.replace("export function", "function") + "module.exports = { load };\n";
    let http = "const http = require('http');\nhttp.createServer((req, res) => res.end(CALL(req.url))).listen(80);\n";
    for (import, call) in [
        ("const { load } = require('./store');", "load"),
        ("const store = require('./store');", "store.load"),
        ("const store_1 = require('./store');", "(0, store_1.load)"),
        ("var store_1 = __importStar(require('./store'));", "store_1.load"),
    ] {
        for store in [&plain, &object] {
            let server = format!("{import}\n{}", http.replace("CALL", call));
            let files = [("store.js", &**store), ("server.js", &*server)];
            assert_eq!(findings(&files), [format!("{FOUND} high")], "{import}\n{store}");
        }
    }
}

#[test]
fn getters_of_compiled_re_exports_are_followed() {
    let store = STORE.replace("export function load(key) {", "exports.load = function load(key) {");
    let barrel = "var store_1 = require('./store');
Object.defineProperty(exports, 'load', { enumerable: true, get: function () { return store_1.load; } });
";
    let server = "const { load } = require('./index');
const http = require('http');
http.createServer((req, res) => res.end(load(req.url))).listen(80);
";
    let files = [("store.js", &*store), ("index.js", barrel), ("server.js", server)];
    assert_eq!(findings(&files), [format!("{FOUND} high")]);
}

#[test]
fn an_exported_collection_is_judged_with_all_its_users() {
    let store = "export const cache = new Map();\n";
    let server = "import { cache } from './store.js';
import http from 'node:http';
http.createServer((req, res) => {
  cache.set(req.url, { headers: req.headers });
  res.end();
}).listen(80);
";
    let found = findings(&[("store.js", store), ("server.js", server)]);
    assert_eq!(found, ["server.js:4 unbounded-cache high"]);

    let sweep = "import * as store from './store.js';\nsetInterval(() => store.cache.clear(), 60000);\n";
    assert!(findings(&[("store.js", store), ("server.js", server), ("sweep.js", sweep)]).is_empty());

    let bounded = format!("{store}setInterval(() => cache.clear(), 60000);\n");
    assert!(findings(&[("store.js", &*bounded), ("server.js", server)]).is_empty());

    let given = "import { cache } from './store.js';\nimport { watch } from 'elsewhere';\nwatch(cache);\n";
    let found = findings(&[("store.js", store), ("server.js", server), ("given.js", given)]);
    assert_eq!(found, ["server.js:4 unbounded-cache low"]);
}

#[test]
fn an_imported_emitter_is_known_by_the_file_that_makes_it() {
    let bus = "import { EventEmitter } from 'node:events';\nexport const hub = new EventEmitter();\n";
    let server = "import { hub } from './bus.js';
import http from 'node:http';
http.createServer((req, res) => {
  hub.on('done', () => res.end());
}).listen(80);
";
    let found = findings(&[("bus.js", bus), ("server.js", server)]);
    assert_eq!(found, ["server.js:4 accumulating-listener high"]);
}

#[test]
fn the_one_instance_of_a_class_lives_as_long_as_the_process() {
    let class = "export class Registry {
  entries = new Map();
  find(user) {
    if (!this.entries.has(user)) this.entries.set(user, { user, hits: [] });
    return this.entries.get(user);
  }
}
";
    let made = "import { Registry } from './registry.js';\nexport const registry = new Registry();\n";
    let found = findings(&[("registry.js", class), ("app.js", made)]);
    assert_eq!(found, ["registry.js:4 unbounded-cache medium"]);
    let per_call = "import { Registry } from './registry.js';
import http from 'node:http';
http.createServer((req, res) => res.end(new Registry().find(req.url).user)).listen(80);
";
    assert!(findings(&[("registry.js", class), ("app.js", per_call)]).is_empty());
}

#[test]
fn each_name_of_a_pattern_stands_for_a_part() {
    let store = format!("{STORE}export const size = () => 1;\n")
        .replace("export function", "function")
        .replace("export const size", "const size")
        + "module.exports = { size, load };\n";
    let server = server("const { size, load } = require('./store');\nsize();")
        .replace("import http from", "const http = require(")
        .replace("'node:http';", "'node:http');");
    assert_eq!(findings(&[("store.js", &store), ("server.js", &server)]), [format!("{FOUND} high")]);
}

#[test]
fn callers_of_callers_count() {
    let middle = "import { load } from './store.js';\nexport const find = (id) => load(`user:${id}`);\n";
    let server = server("import { find as load } from './middle.js';");
    let files = [("store.js", STORE), ("middle.js", middle), ("server.js", &*server)];
    assert_eq!(findings(&files), [format!("{FOUND} high")]);
}

#[test]
fn tests_are_no_callers() {
    let test = "import { load } from '../store.js';\nload('a');\n";
    assert_eq!(findings(&[("store.js", STORE), ("test/store.test.js", test)]), [format!("{FOUND} medium")]);
}

#[test]
fn what_a_package_names_for_others_has_callers_out_of_sight() {
    let package = r#"{ "name": "store", "main": "./store.js" }"#;
    let set_up = "import { load } from './store.js';\nload('users');\n";
    let files = [("package.json", package), ("store.js", STORE), ("set-up.js", set_up)];
    assert_eq!(findings(&files), [format!("{FOUND} medium")]);
}

#[test]
fn paths_of_a_tsconfig_are_followed() {
    let config = "{\n  // where things are\n  \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } },\n}\n";
    let server = server("import { load } from '@/store';");
    let files = [("tsconfig.json", config), ("src/store.js", STORE), ("src/app/server.js", &*server)];
    assert_eq!(findings(&files), [format!("src/{FOUND} high")]);
}

/// A file that hands its Map to a function of `./store`, as `CALL` and `IMPORT` say.
fn visits(import: &str, call: &str) -> String {
    format!(
        "{import}
const http = require('http');
const seen = new Map();
http.createServer((req, res) => {{
  {call};
  res.end();
}}).listen(80);
"
    )
}

const REMEMBER: &str = "exports.remember = (map, key, value) => {
  map.set(key, { value, at: Date.now() });
};
";
const EVICTS: &str = "exports.remember = (map, key, value) => {
  map.set(key, { value, at: Date.now() });
  if (map.size > 100) map.delete(map.keys().next().value);
};
";
const GROWS: &str = "a.js:5 unbounded-cache high";

#[test]
fn what_a_function_of_another_file_adds_to_what_it_is_given_counts_where_it_is_called() {
    let a = visits("const { remember } = require('./store');", "remember(seen, req.url, req)");
    assert_eq!(findings(&[("a.js", &a), ("store.js", REMEMBER)]), [GROWS]);
    assert!(findings(&[("a.js", &a), ("store.js", EVICTS)]).is_empty());
    let small = REMEMBER.replace("map.set", "if (map.size < 100) map.set");
    let few = REMEMBER.replace("map.set(key,", "map.set(typeof key,");
    let kept = REMEMBER.replace("map.set", "exports.all = map;\n  map.set");
    let set_back = REMEMBER.replace("map.set", "if (map.size > 100) map.clear();\n  map.set");
    let later = REMEMBER.replace("};\n", "  setTimeout(() => map.delete(key), 60000);\n};\n");
    for store in [small, few, set_back, later] {
        assert!(findings(&[("a.js", &a), ("store.js", &store)]).is_empty(), "{store}");
    }
    assert_eq!(findings(&[("a.js", &a), ("store.js", &kept)]), ["a.js:5 unbounded-cache low"]);
    // Once, at load.
    let once = a.replace("  remember(seen, req.url, req);\n", "") + "remember(seen, 'start', {});\n";
    assert!(findings(&[("a.js", &once), ("store.js", REMEMBER)]).is_empty());
}

#[test]
fn a_function_that_is_given_a_collection_is_known_by_any_name() {
    let body = "(map, key) { map.set(key, Date.now()); }";
    for (import, call, store) in [
        ("const remember = require('./store');", "remember", format!("module.exports = function {body};")),
        ("const store = require('./store');", "store.remember", format!("module.exports = {{ remember{body} }};")),
        (
            "const store = require('./store');",
            "store.Seen.remember",
            format!("class Seen {{ static remember{body} }}\nexports.Seen = Seen;"),
        ),
        ("import remember from './store';", "remember", format!("export default function remember{body}")),
        ("import * as store from './store';", "store.remember", format!("export function remember{body}")),
        ("import store from './store';", "store.remember", format!("export default {{ remember{body} }};")),
        ("import { Seen } from './store';", "Seen.remember", format!("export class Seen {{ static remember{body} }}")),
        (
            "import { seen as store } from './store';",
            "store.remember",
            format!("class Seen {{ remember{body} }}\nexport const seen = new Seen();"),
        ),
        (
            "const store_1 = __importStar(require('./store'));",
            "(0, store_1.remember)",
            format!("exports.remember = remember;\nfunction remember{body}"),
        ),
    ] {
        let a = visits(import, &format!("{call}(seen, req.url)"));
        assert_eq!(findings(&[("a.js", &a), ("store.js", &store)]), [GROWS], "{import}\n{store}");
        let released = store.replace("map.set", "map.clear(); map.set");
        assert!(findings(&[("a.js", &a), ("store.js", &released)]).is_empty(), "{import}\n{released}");
    }
}

#[test]
fn functions_that_are_given_a_collection_are_found_through_other_files() {
    let store = "export function remember(map, key) { map.set(key, Date.now()); }\n";
    let common = "exports.remember = (map, key) => map.set(key, Date.now());\n";
    for (import, between, store) in [
        ("import { remember } from './index.js';", "export * from './other.js';\nexport * from './store.js';", store),
        ("import { keep as remember } from './index.js';", "export { remember as keep } from './store.js';", store),
        (
            "import { remember } from './index.js';",
            "import { remember } from './store.js';\nexport { remember };",
            store,
        ),
        ("const { remember } = require('./index');", "exports.remember = require('./store').remember;", common),
        ("const { remember } = require('./index').store;", "exports.store = require('./store');", common),
        ("const { remember } = require('./index');", "module.exports = require('./store');", common),
        (
            "import { note as remember } from './index.js';",
            "import { remember } from './store.js';\nexport const note = (map, key) => remember(map, `user:${key}`);",
            store,
        ),
    ] {
        let a = visits(import, "remember(seen, req.url)");
        let other = ("other.js", "export const unrelated = (list) => list.length;\n");
        let files = [("a.js", &*a), ("index.js", between), ("store.js", store), other];
        assert_eq!(findings(&files), [GROWS], "{import}\n{between}");
        let released = store.replace("map.set", "map.size > 9 && map.clear(), map.set");
        let files = [("a.js", &*a), ("index.js", between), ("store.js", &released), other];
        assert!(findings(&files).is_empty(), "{import}\n{between}");
    }
}

#[test]
fn a_helper_of_another_file_releases_or_does_not() {
    let a = visits("const { cleanup } = require('./store');", "seen.set(req.url, req.headers); cleanup(seen, req.url)");
    let store = |body: &str| format!("exports.cleanup = (map, key) => {{ {body} }};\n");
    let found = |body: &str| findings(&[("a.js", &a), ("store.js", &store(body))]);
    assert!(found("map.delete(key);").is_empty());
    assert_eq!(found("console.log(map.size, key);"), [GROWS]);
    assert_eq!(found("require('elsewhere').keep(map);"), ["a.js:5 unbounded-cache low"]);
}

#[test]
fn an_emitter_that_is_given_to_another_file_is_judged_there() {
    let attach = "exports.attach = (emitter, handler) => {
  emitter.on('done', handler);
};
";
    let server = "const http = require('http');
const { EventEmitter } = require('events');
const { attach } = require('./attach');
const hub = new EventEmitter();
http.createServer((req, res) => {
  attach(hub, () => res.end());
}).listen(80);
";
    let found = |attach: &str, server: &str| findings(&[("attach.js", attach), ("server.js", server)]);
    assert_eq!(found(attach, server), ["attach.js:2 accumulating-listener medium"]);
    // The emitter goes with the request, the listener goes, or is added once.
    for server in [
        server.replace("attach(hub", "attach(req"),
        server.replace(
            "attach(hub, () => res.end());",
            "const done = () => res.end();\n  attach(hub, done);\n  res.on('close', () => hub.off('done', done));",
        ),
        server
            .replace("  attach(hub, () => res.end());\n", "")
            .replace("http.create", "attach(hub, () => {});\nhttp.create"),
    ] {
        assert!(found(attach, &server).is_empty(), "{server}");
    }
    for attach in [
        attach.replace(".on", ".once"),
        attach.replace("};", "  return () => emitter.off('done', handler);\n};"),
        attach.replace("emitter.on", "if (emitter.listenerCount('done') === 0) emitter.on"),
    ] {
        assert!(found(&attach, server).is_empty(), "{attach}");
    }
}

#[test]
fn a_handle_that_is_given_to_another_file_is_ended_there_or_not() {
    let server = "const http = require('http');
const { dispose } = require('./dispose');
http.createServer((req, res) => {
  const timer = setInterval(() => res.write('.'), 1000);
  res.on('close', () => dispose(timer));
}).listen(80);
";
    let dispose = |body: &str| format!("module.exports = {{ dispose: (handle) => {{ {body} }} }};\n");
    let found = |body: &str| findings(&[("server.js", server), ("dispose.js", &dispose(body))]);
    assert!(found("clearInterval(handle);").is_empty());
    assert!(found("if (handle) { handle.unref(); clearInterval(handle); }").is_empty());
    assert!(found("pending.push(handle);").is_empty());
    assert!(found("return handle;").is_empty());
    assert_eq!(found("console.log('done with', handle);"), ["server.js:4 uncleared-timer high"]);
}

/// A worker that keeps what each of its tasks brought.
const WORKER: &str = "const rendered = new Map();
function render(page) {
  rendered.set(page.url, { page, at: Date.now() });
  return page.url;
}
";

#[test]
fn a_pool_runs_the_functions_of_its_file_for_each_task() {
    let common = "const path = require('node:path');\nconst { Piscina } = require('piscina');\n";
    let module = "import { Piscina } from 'piscina';\n";
    for (pool, export) in [
        (
            format!("{common}new Piscina({{ filename: path.resolve(__dirname, 'render.js') }});\n"),
            "module.exports = render;",
        ),
        (
            format!("{common}new Piscina({{ filename: `${{__dirname}}/render.js` }});\n"),
            "module.exports = {{ render }};",
        ),
        (
            format!("{module}new Piscina({{ filename: new URL('./render.js', import.meta.url).href }});\n"),
            "export default render;",
        ),
        (
            "import Pool from 'tinypool';
import { fileURLToPath } from 'node:url';
const filename = fileURLToPath(new URL('./render.js', import.meta.url));
export const pool = new Pool({ filename });
"
            .to_string(),
            "export { render };",
        ),
        (
            "const { Worker } = require('jest-worker');\nnew Worker(require.resolve('./render'));\n".to_string(),
            "exports.render = render;",
        ),
    ] {
        let export = export.replace("{{", "{").replace("}}", "}");
        let worker = format!("{WORKER}{export}\n");
        let found = findings(&[("pool.js", &*pool), ("render.js", &*worker)]);
        assert_eq!(found, ["render.js:3 unbounded-cache high"], "{pool}{export}");
        let bounded = worker.replace("  return", "  if (rendered.size > 100) rendered.clear();\n  return");
        assert!(findings(&[("pool.js", &*pool), ("render.js", &*bounded)]).is_empty());
        // A file that no pool names.
        let other = pool.replace("render", "other");
        let found = findings(&[("pool.js", &*other), ("render.js", &*worker)]);
        assert_ne!(found, ["render.js:3 unbounded-cache high"], "{other}");
    }
}

#[test]
fn a_file_that_takes_its_own_edits_runs_again() {
    let code = "import { bus } from './bus.js';
const onKey = () => document.body.classList.toggle('open');
window.addEventListener('keydown', onKey);
bus.on('theme', onKey);
const clock = setInterval(onKey, 1000);
";
    let bus = "import { EventEmitter } from 'node:events';\nexport const bus = new EventEmitter();\n";
    let found = |hot: &str| findings(&[("app.js", &format!("{code}{hot}\n")), ("bus.js", bus)]);
    let all =
        ["app.js:3 accumulating-listener low", "app.js:4 accumulating-listener low", "app.js:5 uncleared-timer low"];
    for hot in [
        "if (import.meta.hot) import.meta.hot.accept();",
        "if (module.hot) { module.hot.accept((error) => report(error)); }",
        "import.meta.hot?.accept((next) => next?.start());",
    ] {
        assert_eq!(found(hot), all, "{hot}");
    }
    let undo = "window.removeEventListener('keydown', onKey); bus.off('theme', onKey); clearInterval(clock);";
    for hot in [
        // Nothing of this file runs again when another one is edited.
        "",
        "module.hot.accept('./bus.js', () => {});",
        "import.meta.hot.accept(['./bus.js'], () => {});",
        &format!("import.meta.hot.accept(); import.meta.hot.dispose(() => {{ {undo} }});"),
        &format!("if (module.hot) {{ module.hot.accept(); module.hot.dispose(stop); }}\nfunction stop() {{ {undo} }}"),
    ] {
        assert!(found(hot).is_empty(), "{hot}");
    }
    let own = "import { EventEmitter } from 'node:events';
const own = new EventEmitter();
own.on('theme', () => {});
process.once('exit', () => own.emit('end'));
if (!globalThis.watching) globalThis.addEventListener('focus', () => own.emit('focus'));
module.hot.accept();
";
    assert!(findings(&[("own.js", own)]).is_empty());
}

/// An application, as its package.json says.
const APPLICATION: (&str, &str) = ("package.json", r#"{ "name": "shop", "private": true }"#);

#[test]
fn what_has_an_end_of_its_own_is_made_more_than_once() {
    let panel = |end: &str| {
        format!(
            "export class Panel {{
  constructor() {{
    window.addEventListener('resize', () => this.measure());
  }}
  measure() {{ this.width = window.innerWidth; }}
  {end}
}}
"
        )
    };
    let found = |end: &str| findings(&[("panel.js", &*panel(end)), APPLICATION]);
    let removes = "destroy() { this.element.removeEventListener('click', open); }";
    assert_eq!(found(removes), ["panel.js:3 accumulating-listener medium"]);
    // Who never removes a listener may have no need to.
    assert_eq!(found("destroy() { this.element.remove(); }"), ["panel.js:3 accumulating-listener low"]);
    // A page may have one for good.
    assert_eq!(found(""), ["panel.js:3 accumulating-listener low"]);
    // This ends something else.
    assert_eq!(found("remove(item) { this.items.delete(item); }"), ["panel.js:3 accumulating-listener low"]);
}

#[test]
fn a_component_with_a_cleanup_is_mounted_more_than_once() {
    let panel = |cleanup: &str| {
        format!(
            "import {{ useEffect }} from 'react';
export function Panel() {{
  useEffect(() => {{
    document.addEventListener('keydown', (event) => console.log(event.key));
  }}, []);
  {cleanup}
}}
"
        )
    };
    let found = |cleanup: &str| findings(&[("panel.jsx", &*panel(cleanup)), APPLICATION]);
    let other = "useEffect(() => { const timer = setInterval(poll, 1000); return () => clearInterval(timer); }, []);";
    assert_eq!(found(other), ["panel.jsx:4 accumulating-listener high"]);
    assert_eq!(found(""), ["panel.jsx:4 accumulating-listener low"]);
}

#[test]
fn a_signal_serves_many_calls_of_what_works_and_one_of_what_waits() {
    let found = |name: &str| {
        let code = format!(
            "export function {name}(signal) {{
  const controller = new AbortController();
  signal.addEventListener('abort', () => controller.abort(), {{ once: true }});
  return start(controller.signal);
}}
"
        );
        findings(&[("client.js", &code), APPLICATION])
    };
    assert_eq!(found("fetchPage"), ["client.js:3 accumulating-listener medium"]);
    assert_eq!(found("waitForDevice"), ["client.js:3 accumulating-listener low"]);
}

#[test]
fn what_parts_of_an_instance_tell_it_seldom_comes_often() {
    let found = |event: &str| {
        let code = format!(
            "import {{ Loader, Panel }} from 'parts';
export class Player {{
  constructor() {{
    this.loader = new Loader();
    this.panel = new Panel();
    this.loader.on('{event}', () => {{
      this.panel.on('shown', (size) => this.loader.resize(size));
    }});
  }}
}}
"
        );
        findings(&[("player.js", &code), APPLICATION])
    };
    assert_eq!(found("click"), ["player.js:7 accumulating-listener medium"]);
    assert_eq!(found("manifest"), ["player.js:7 accumulating-listener low"]);
}

#[test]
fn the_process_of_a_package_is_set_up_once() {
    let code = "import { manager } from 'shards';
manager.on('shardCreate', (shard) => {
  process.on('SIGINT', () => shard.kill());
});
";
    assert_eq!(findings(&[("index.js", code), APPLICATION]), ["index.js:3 accumulating-listener low"]);
}

#[test]
fn a_map_of_another_file_that_is_asked_by_object_is_weak_by_nature() {
    let cache = "export default new Map();\n";
    let wrap = "import wrappers from './wrappers.js';
export function wrap(node) {
  if (!wrappers.has(node)) wrappers.set(node, { node, depth: depth(node) });
  return wrappers.get(node);
}
function depth(node) {
  return node.parentNode ? depth(node.parentNode) + 1 : 0;
}
";
    let library = r#"{ "name": "dom", "version": "1.0.0", "main": "wrap.js" }"#;
    assert_eq!(
        findings(&[("wrappers.js", cache), ("wrap.js", wrap), ("package.json", library)]),
        ["wrap.js:3 strong-object-key medium"]
    );
}

#[test]
fn keys_of_an_application_are_many_by_what_they_are() {
    let handler = |event: &str, list: &str, add: &str| {
        let code = format!(
            "import {{ bus }} from './bus.js';
const {list} = new Map();
let waiting = [];
bus.on('{event}', (message) => {{
  const {{ id }} = message;
  {add};
}});
"
        );
        let bus = "import { EventEmitter } from 'node:events';\nexport const bus = new EventEmitter();\n";
        findings(&[("handler.js", &*code), ("bus.js", bus), APPLICATION])
    };
    let many = ["handler.js:6 unbounded-cache high"];
    let few = ["handler.js:6 unbounded-cache low"];
    assert_eq!(handler("message", "pages", "pages.set(id, message.text)"), many);
    // A home has few of them, an application few services.
    assert_eq!(handler("message", "devices", "devices.set(id, message.text)"), few);
    assert_eq!(handler("message", "states", "states.set(message.serviceId, message.text)"), few);
    // An event of which only the program knows how often it comes.
    assert_eq!(handler("message", "unused", "waiting.push(message)"), many);
    assert_eq!(handler("restartServer", "unused", "waiting.push(message)"), few);
}

#[test]
fn what_instances_have_of_their_own_is_one_key_each() {
    let module = |key: &str| {
        let code = format!(
            "import express from 'express';
const modules = new Map();
export class Module {{
  constructor(name) {{
    this.name = name;
  }}
  listen(app) {{
    app.post('/settings', (req, res) => {{
      modules.set({key}, this);
      res.end();
    }});
  }}
}}
new Module('bets').listen(express());
"
        );
        findings(&[("module.js", &*code), APPLICATION])
    };
    assert_eq!(module("req.body.user"), ["module.js:9 unbounded-cache high"]);
    assert_eq!(module("this.name"), ["module.js:9 unbounded-cache low"]);
}

#[test]
fn a_handler_that_another_one_replaces_adds_until_then() {
    let page = |later: &str| {
        let code = format!(
            "let messages = [];
window.onmessage = (event) => messages.push(event);
navigator.serviceWorker.ready.then(() => {{
  {later}
  messages.forEach(handle);
}});
function handle(event) {{
  event.source.postMessage('ready');
}}
"
        );
        findings(&[("page.js", &*code), APPLICATION])
    };
    assert_eq!(page("console.log('ready');"), ["page.js:2 unbounded-cache medium"]);
    assert_eq!(page("window.onmessage = handle;"), ["page.js:2 unbounded-cache low"]);
}

#[test]
fn an_entry_whose_key_stays_is_one_of_many_where_instances_register_themselves() {
    let jobs = |key: &str| {
        let code = format!(
            "const jobs = {{}};
export class Job {{
  start() {{
    jobs[{key}] = this;
  }}
  cancel() {{
    jobs[{key}] = null;
  }}
}}
export const running = (name) => jobs[name] != null;
"
        );
        findings(&[("job.js", &*code), APPLICATION])
    };
    assert_eq!(jobs("this.id"), ["job.js:4 incomplete-cleanup medium"]);
    assert_eq!(jobs("this.canvas.id"), ["job.js:4 incomplete-cleanup low"]);
}

/// Of a package, what ends by itself soon, and what only a failure leaves or starts again, is uncertain.
#[test]
fn what_ends_by_itself_or_only_failures_leave_is_uncertain_in_a_package() {
    let package = ("package.json", r#"{ "name": "shop", "version": "1.0.0" }"#);
    let ask = "const WAIT = 2 * 1000;
function within(work, ms) {
  return Promise.race([work, new Promise((_, reject) => {
    setTimeout(() => reject(new Error('late')), ms);
  })]);
}
export const ask = (peer) => within(peer.ask(), WAIT);
";
    let long = ask.replace("2 * 1000", "60 * 1000");
    assert_eq!(findings(&[("ask.js", ask), package]), ["ask.js:4 uncleared-timer low"]);
    assert_eq!(findings(&[("ask.js", &long), package]), ["ask.js:4 uncleared-timer medium"]);
    let default = "export async function ask(peer, until = Date.now() + 5000) {
  return Promise.race([peer.ask(), new Promise((_, reject) => {
    setTimeout(() => reject(new Error('late')), until - Date.now());
  })]);
}
";
    assert_eq!(findings(&[("ask.js", default), package]), ["ask.js:3 uncleared-timer low"]);
    let late = "export async function fetchPage(url, patience) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  const response = await fetch(url, { signal: stop.signal });
  clearTimeout(timer);
  return response;
}
";
    assert_eq!(findings(&[("page.js", late), package]), ["page.js:3 uncleared-timer low"]);
    let kill = "export function stop(child, grace) {
  child.kill('SIGTERM');
  setTimeout(() => {
    const alive = isAlive(child.pid);
    if (alive) child.kill('SIGKILL');
  }, grace);
}
";
    assert_eq!(findings(&[("stop.js", kill), package]), ["stop.js:3 uncleared-timer low"]);
    let round = "export class Game {
  begin(room, length) {
    this.round = room.open();
    setTimeout(() => {
      if (!this.round) return;
      this.round.destroy();
      this.round = null;
    }, length);
  }
}
";
    assert_eq!(findings(&[("game.js", round), package]), ["game.js:4 uncleared-timer low"]);
    let ready = "import { server } from './server.js';
server.on('ready', (address) => {
  setInterval(() => server.ask(address), 60000);
});
";
    assert_eq!(findings(&[("ready.js", ready), package]), ["ready.js:3 uncleared-timer low"]);
    let loaded = "import { store } from './store.js';
store.on('users-loaded', () => {
  setInterval(() => store.save(), 60000);
});
";
    assert_eq!(findings(&[("clock.js", loaded), package]), ["clock.js:3 uncleared-timer low"]);
    let reload = "import { power } from './power.js';
power.on('resume', () => {
  setInterval(() => {
    if (navigator.onLine) location.reload();
  }, 2000);
});
";
    assert_eq!(findings(&[("resume.js", reload), package]), ["resume.js:3 uncleared-timer low"]);
    let start = "async function start() {
  try {
    await migrate();
    setInterval(renew, 3600000);
  } catch (error) {
    setTimeout(start, 1000);
  }
}
start();
";
    assert_eq!(findings(&[("start.js", start), package]), ["start.js:4 uncleared-timer low"]);
    // An interval goes on where the connection ended that it was started with.
    let sweep = "export class Client {
  connect(port) {
    this.sweep = setInterval(() => this.sent.clear(), 60000);
    this.socket = dial(port, () => this.owner.reconnect(this));
  }

  disconnect() {
    clearInterval(this.sweep);
    this.socket.destroy();
  }
}
";
    assert_eq!(findings(&[("client.js", sweep), package]), ["client.js:3 uncleared-timer medium"]);
    // A timer that starts again what `stop` has let go of, and one that may as well.
    let again = "export class Consumer {
  connect(broker) {
    this.session = broker.open(() => {
      setTimeout(() => this.connect(broker), 60000);
    });
  }

  stop() {
    this.session.close();
  }
}
";
    let let_go = again.replace("this.session.close();", "this.session.close();\n    this.session = null;");
    assert_eq!(findings(&[("consumer.js", again), package]), ["consumer.js:4 uncleared-timer low"]);
    assert_eq!(findings(&[("consumer.js", &let_go), package]), ["consumer.js:4 uncleared-timer medium"]);
    let worker = "document.querySelector('#load').addEventListener('click', () => {
  const worker = new Worker('./parse.js');
  worker.onmessage = (event) => show(event.data);
  worker.postMessage('start');
});
";
    assert_eq!(findings(&[("load.js", worker), package]), ["load.js:2 undisposed-resource low"]);
}
