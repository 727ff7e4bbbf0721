//! Finding and reading `leaklint.json`.

use super::{ConfigArgs, Failure};
use crate::walk::{shown, working_directory};
use leaklint::config::{self, Config, NAME};
use leaklint::models::Models;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The models to lint with: those of leaklint and of the project.
///
/// # Errors
/// A configuration that does not exist, cannot be read, or is wrong.
pub(super) fn models(args: &ConfigArgs) -> Result<Arc<Models>, Failure> {
    let Some((name, config)) = read(args)? else { return Ok(Arc::clone(Models::embedded())) };
    Models::with(&config.models).map_err(|error| Failure::Usage(format!("{name}: {error}")))
}

/// The configuration that applies, with its name for messages; `None` where there is none.
fn read(args: &ConfigArgs) -> Result<Option<(String, Config)>, Failure> {
    if args.isolated {
        return Ok(None);
    }
    let cwd = working_directory();
    let Some(path) = args.config.clone().or_else(|| nearest(&cwd)) else { return Ok(None) };
    let name = path.canonicalize().map_or_else(|_| path.display().to_string(), |real| shown(&real, &cwd));
    let text = fs::read_to_string(&path).map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
    let config = config::parse(&name, &text).map_err(Failure::Usage)?;
    Ok(Some((name, config)))
}

/// The file in the directory or the nearest one above it.
fn nearest(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|directory| directory.join(NAME)).find(|path| path.is_file())
}
