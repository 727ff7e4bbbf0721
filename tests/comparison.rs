//! The page that compares linters is fresh, and so is what the README quotes of it.
//!
//! What other linters say comes from the last run of `cargo bench --bench peers`, what leaklint says from now.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../benches/peers/data.rs"]
mod data;
#[path = "../benches/peers/page.rs"]
mod page;
#[path = "../benches/common/pairs.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod pairs;

use data::Results;
use page::Comparison;
use std::fs;
use std::path::Path;

#[test]
fn the_page_is_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let results = Results::read(root).unwrap();
    let again = "run cargo bench --bench peers -- --write-docs";
    assert!(results.versions == data::versions(root).unwrap(), "the linters have changed: {again}");
    assert_eq!(results.text(), fs::read_to_string(root.join(data::RESULTS)).unwrap());
    let comparison = Comparison::new(root, results).unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let fresh = [(data::PAGE, comparison.page()), ("README.md", page::quoted(&readme, &comparison.summary()).unwrap())];
    for (file, text) in fresh {
        if std::env::var_os("UPDATE_COMPARISON").is_some() {
            fs::write(root.join(file), &text).unwrap();
        }
        let now = fs::read_to_string(root.join(file)).unwrap();
        assert!(now == text, "{file} is not fresh: run UPDATE_COMPARISON=1 cargo test --test comparison, or {again}");
    }
}
