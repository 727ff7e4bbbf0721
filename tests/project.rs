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
    for application in [
        r#"{ "name": "shop", "private": true }"#,
        r#"{ "name": "shop", "version": "1.0.0", "scripts": { "start": "node ." } }"#,
    ] {
        assert_eq!(findings(&[("store.js", STORE), ("package.json", application)]), [format!("{FOUND} medium")]);
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
