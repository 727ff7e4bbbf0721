//! The names of files, in the forms that consumers want.

use std::fmt::Write;

/// Where a run took place: the paths of findings are relative to it.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The working directory, absolute, with `/`.
    pub directory: String,
    /// The same from the root of the repository around it, with `/`; empty at the root, and where there
    /// is no repository.
    pub in_repository: String,
}

impl Base {
    /// The absolute path of a file.
    pub(super) fn absolute(&self, path: &str) -> String {
        if is_absolute(path) {
            return path.to_owned();
        }
        let root = if self.directory.starts_with('/') { "/" } else { "" };
        resolved(&self.directory, path).map_or_else(|| path.to_owned(), |resolved| format!("{root}{resolved}"))
    }

    /// The path of a file from the root of the repository: what those who know the repository and not
    /// the working directory go by. That of a file outside is absolute.
    pub(super) fn in_repository(&self, path: &str) -> String {
        self.inside(path).unwrap_or_else(|| self.absolute(path))
    }

    /// A reference to a file, and whether it is relative to [`Base::root_uri`].
    pub(super) fn uri(&self, path: &str) -> (String, bool) {
        match self.inside(path) {
            Some(inside) => (encoded(&inside, ""), true),
            None => (file_uri(&self.absolute(path)), false),
        }
    }

    /// The root of the repository, with a final `/`.
    pub(super) fn root_uri(&self) -> String {
        let root = self.directory.strip_suffix(&self.in_repository).unwrap_or(&self.directory);
        format!("{}/", file_uri(root.trim_end_matches('/')))
    }

    fn inside(&self, path: &str) -> Option<String> {
        if is_absolute(path) { None } else { resolved(&self.in_repository, path) }
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.get(1..3) == Some(":/")
}

/// `path` as seen from `base`, without `.` and `..`; `None` where it leads out of what is known.
fn resolved(base: &str, path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn file_uri(absolute: &str) -> String {
    // Windows: `C:/code` is `file:///C:/code`.
    let slash = if absolute.is_empty() || absolute.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", encoded(absolute, ":"))
}

/// Percent-encodes what a path in a URI may not hold. A `:` in a relative one would read as a scheme.
fn encoded(path: &str, also_kept: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=@".contains(character) || also_kept.contains(character) {
            uri.push(character);
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::Base;

    fn base(directory: &str, in_repository: &str) -> Base {
        Base { directory: directory.to_owned(), in_repository: in_repository.to_owned() }
    }

    #[test]
    fn a_package_of_a_repository_is_named_from_its_root() {
        let base = base("/home/me/repo/packages/a", "packages/a");
        assert_eq!(base.in_repository("src/x.js"), "packages/a/src/x.js");
        assert_eq!(base.in_repository("../b/x.js"), "packages/b/x.js");
        assert_eq!(base.in_repository("../../../other/x.js"), "/home/me/other/x.js");
        assert_eq!(base.absolute("../b/x.js"), "/home/me/repo/packages/b/x.js");
        assert_eq!(base.root_uri(), "file:///home/me/repo/");
        assert_eq!(base.uri("src/x.js"), ("packages/a/src/x.js".to_owned(), true));
        assert_eq!(base.uri("../../../other/x.js"), ("file:///home/me/other/x.js".to_owned(), false));
        assert_eq!(base.uri("/etc/x.js"), ("file:///etc/x.js".to_owned(), false));
    }

    #[test]
    fn uris_are_encoded() {
        let base = base("C:/my code", "");
        assert_eq!(base.root_uri(), "file:///C:/my%20code/");
        assert_eq!(base.uri("src/[id] 100%.ts").0, "src/%5Bid%5D%20100%25.ts");
        assert_eq!(base.uri("a:b/日.js").0, "a%3Ab/%E6%97%A5.js");
        assert_eq!(base.uri("D:/x.js").0, "file:///D:/x.js");
    }
}
