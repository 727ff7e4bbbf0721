//! Lists of globs in the syntax of .gitignore, relative to a directory.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;

/// A list of globs. Of several that match, the last decides; one that starts with `!` takes back.
#[derive(Clone, Debug)]
pub(crate) struct Globs {
    all: Gitignore,
}

impl Globs {
    /// The globs as given, relative to `root`, a real path.
    ///
    /// # Errors
    /// The first that means nothing, by its position, and why: what is wrong, and what to write instead.
    pub(crate) fn new(root: &Path, globs: &[String]) -> Result<Self, (usize, String, String)> {
        let mut builder = GitignoreBuilder::new(root);
        for (at, glob) in globs.iter().enumerate() {
            if let Some((message, help)) = meaningless(glob) {
                return Err((at, message, help));
            }
            // "./a" is "/a", as people mean it.
            let (not, rest) = glob.strip_prefix('!').map_or(("", glob.as_str()), |rest| ("!", rest));
            let line = rest.strip_prefix("./").map_or_else(|| glob.clone(), |rest| format!("{not}/{rest}"));
            if let Err(error) = builder.add_line(None, &line) {
                let why = match error {
                    ignore::Error::Glob { err, .. } => err,
                    error => error.to_string(),
                };
                return Err((at, format!("`{glob}` is no glob: {why}"), String::new()));
            }
        }
        let all = builder.build().map_err(|error| (0, error.to_string(), String::new()))?;
        Ok(Self { all })
    }

    /// What the list says of a path, an absolute one; `None` where it says nothing. Directories above are
    /// not asked.
    pub(crate) fn of(&self, path: &Path, is_directory: bool) -> Option<bool> {
        if self.all.is_empty() {
            return None;
        }
        let path = path.strip_prefix(self.all.path()).unwrap_or(path);
        let found = self.all.matched(path, is_directory);
        if found.is_none() { None } else { Some(found.is_ignore()) }
    }

    /// Whether the list matches a file or a directory above it.
    pub(crate) fn has(&self, path: &Path) -> bool {
        if self.all.is_empty() {
            return false;
        }
        let Ok(inside) = path.strip_prefix(self.all.path()) else { return self.of(path, false) == Some(true) };
        let parts = inside.ancestors().take_while(|part| !part.as_os_str().is_empty());
        let mut said = parts.enumerate().map(|(up, part)| self.all.matched(part, up > 0));
        said.find(|found| !found.is_none()).is_some_and(|found| found.is_ignore())
    }
}

/// Why a glob would never match anything, and what to write instead.
fn meaningless(glob: &str) -> Option<(String, String)> {
    let rest = glob.strip_prefix('!').unwrap_or(glob).trim();
    let parts: Vec<&str> = rest.split('/').collect();
    let (why, help) = if rest.is_empty() || rest == "/" {
        ("this glob is empty", "write a name such as `gen`, or `*` for everything")
    } else if glob.starts_with('#') {
        ("this glob is a comment", "write `\\#` for a name that starts with `#`")
    } else if parts.contains(&"..") {
        ("a glob cannot leave its directory", "put it into a configuration further up")
    } else if rest.contains('\\') && !escapes(rest) {
        ("`\\` is no separator of directories", "write `/`")
    } else {
        return None;
    };
    Some((why.to_string(), help.to_string()))
}

/// Whether each backslash stands before something that has a meaning in globs.
fn escapes(glob: &str) -> bool {
    let mut letters = glob.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' && !letters.next().is_some_and(|next| "*?[]{}!#\\ ,-".contains(next)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::Globs;
    use std::path::Path;

    fn has(globs: &[&str], path: &str) -> bool {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_string()).collect();
        Globs::new(Path::new("/p/q"), &globs).unwrap().has(Path::new(path))
    }

    #[test]
    fn a_name_matches_anywhere_and_a_path_from_the_root() {
        assert!(has(&["*.test.ts"], "/p/q/a/b.test.ts"));
        assert!(has(&["gen"], "/p/q/a/gen/b.ts"), "what lies in it, too");
        assert!(has(&["gen/"], "/p/q/gen/b.ts") && !has(&["gen/"], "/p/q/gen"));
        assert!(has(&["a/gen"], "/p/q/a/gen/b.ts") && !has(&["a/gen"], "/p/q/b/a/gen/b.ts"));
        assert!(has(&["./index.js"], "/p/q/index.js") && !has(&["./index.js"], "/p/q/a/index.js"));
        assert!(has(&["scripts/**", "!scripts/daemon.js"], "/p/q/scripts/a.js"));
        assert!(!has(&["scripts/**", "!scripts/daemon.js"], "/p/q/scripts/daemon.js"));
        assert!(has(&["posts.$id.tsx", "[[]slug].tsx"], "/p/q/posts.$id.tsx"));
        assert!(has(&["größe {a,b}.js"], "/p/q/größe a.js"));
        assert!(has(&["*.js"], "/elsewhere/a.js") && !has(&["lib/*.js"], "/elsewhere/lib/a.js"));
    }

    #[test]
    fn what_would_never_match_is_refused() {
        for glob in ["", " ", "!", "# gen", "../gen", "a/../b", "src\\gen", "{a"] {
            assert!(
                Globs::new(Path::new("/p"), &["*".to_string(), glob.to_string()]).is_err_and(|(at, ..)| at == 1),
                "{glob}"
            );
        }
        assert!(Globs::new(Path::new("/p"), &["\\#a".to_string(), "\\!b".to_string()]).is_ok());
    }
}
