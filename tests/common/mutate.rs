//! Takes a release away from safe code, in the ways that people get it wrong.
//!
//! The release is found by its marker `// release` and changed as text: the code of examples is
//! plain enough, and a mutant that no longer parses is left out.

/// How a release is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The marked lines are deleted.
    Drop,
    /// It names a key or event that does not occur.
    Key,
    /// It is done to another object.
    Receiver,
    /// It stands in a function that nothing calls.
    Path,
}

/// Every way.
pub(crate) const WAYS: [Way; 4] = [Way::Drop, Way::Key, Way::Receiver, Way::Path];

const MARK: &str = "// release";
/// Stands for an object that has nothing to do with the leak.
const OTHER: &str = "unrelatedToAll";
/// Stands for a key that is never used.
const NO_KEY: &str = "'no such key'";
/// Methods whose first argument says what goes.
const KEYED: [&str; 6] =
    ["delete", "off", "removeListener", "removeEventListener", "removeAllListeners", "unsubscribe"];
/// Methods that let something of their receiver go, and what an unrelated receiver of each is.
const RELEASING: [(&str, &str); 11] = [
    ("delete", "new Map()"),
    ("clear", "new Map()"),
    ("shift", "[]"),
    ("pop", "[]"),
    ("splice", "[]"),
    ("off", "new EventTarget()"),
    ("removeListener", "new EventTarget()"),
    ("removeEventListener", "new EventTarget()"),
    ("removeAllListeners", "new EventTarget()"),
    ("unsubscribe", "new EventTarget()"),
    ("abort", "new AbortController()"),
];

/// Whether a line carries the marker.
fn is_marked(line: &str) -> bool {
    line.trim_end().ends_with(MARK)
}

/// The code without its release; `None` where it has none, or the way does not apply.
pub(crate) fn without_release(code: &str, way: Way) -> Option<String> {
    if !code.lines().any(is_marked) {
        return None;
    }
    match way {
        Way::Drop => Some(join(code.lines().filter(|line| !is_marked(line)).map(str::to_owned).collect())),
        Way::Key => each_marked(code, with_other_key),
        Way::Receiver => {
            let mut made = "";
            let changed = each_marked(code, |line| {
                let (line, maker) = with_other_receiver(line)?;
                made = maker;
                Some(line)
            })?;
            Some(format!("{changed}let {OTHER} = {made};\n"))
        }
        Way::Path => Some(in_dead_functions(code)),
    }
}

/// The code with the line of its `// fix:` comment in force.
pub(crate) fn with_fix(code: &str) -> Option<String> {
    let is_fix = |line: &str| line.trim_start().starts_with("// fix: ");
    if !code.lines().any(is_fix) {
        return None;
    }
    Some(join(
        code.lines()
            .map(|line| if is_fix(line) { line.replacen("// fix: ", "", 1) } else { line.to_owned() })
            .collect(),
    ))
}

fn join(lines: Vec<String>) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Changes the marked lines that can be changed; `None` where none can.
fn each_marked(code: &str, mut change: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut any = false;
    let lines = code.lines().map(|line| {
        let changed = if is_marked(line) { change(line) } else { None };
        any |= changed.is_some();
        changed.unwrap_or_else(|| line.to_owned())
    });
    let lines = lines.collect();
    any.then(|| join(lines))
}

/// Each run of marked lines becomes the body of a function that nothing calls.
fn in_dead_functions(code: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut count = 0;
    for line in code.lines().chain([""]) {
        if is_marked(line) {
            run.push(line);
            continue;
        }
        if !run.is_empty() {
            count += 1;
            let keyword = if run.iter().any(|line| line.contains("await ")) { "async function" } else { "function" };
            lines.push(format!("{keyword} neverCalled{count}() {{"));
            lines.extend(run.drain(..).map(str::to_owned));
            lines.push("}".to_owned());
        }
        lines.push(line.to_owned());
    }
    lines.pop();
    join(lines)
}

/// `map.delete(id)` becomes `map.delete('no such key')`, `delete map[id]` likewise.
fn with_other_key(line: &str) -> Option<String> {
    for method in KEYED {
        if let Some((start, _)) = call_of(line, method) {
            let first = start + argument_end(&line[start..], b",)");
            if line[start..first].trim().is_empty() {
                continue;
            }
            return Some(format!("{}{NO_KEY}{}", &line[..start], &line[first..]));
        }
    }
    let operand = line.find("delete ")? + "delete ".len();
    let end = expression_end(line, operand);
    let open = index_start(&line[operand..end])? + operand;
    Some(format!("{}[{NO_KEY}]{}", &line[..open], &line[end..]))
}

/// `map.delete(id)` becomes `unrelated.delete(id)`, `last = null` becomes `unrelated = null`; with
/// the expression that makes the unrelated object.
fn with_other_receiver(line: &str) -> Option<(String, &'static str)> {
    for (method, maker) in RELEASING {
        if let Some((_, dot)) = call_of(line, method) {
            let start = expression_start(line, dot);
            return Some((format!("{}{OTHER}{}", &line[..start], &line[dot..]), maker));
        }
    }
    if let Some(at) = line.find("delete ") {
        let operand = at + "delete ".len();
        let end = expression_end(line, operand);
        let dot = object_end(&line[operand..end])? + operand;
        return Some((format!("{}{OTHER}{}", &line[..operand], &line[dot..]), "{}"));
    }
    for (at, _) in line.match_indices(" = ") {
        let start = expression_start(line, at);
        let before = line[..start].trim_end();
        let is_declared = ["const", "let", "var"].iter().any(|word| before.ends_with(word));
        if start == at || is_declared {
            continue;
        }
        // Of `a.b = null` the object is replaced, of `a = null` the whole.
        let kept = object_end(&line[start..at]).map_or(at, |end| start + end);
        return Some((format!("{}{OTHER}{}", &line[..start], &line[kept..]), "{}"));
    }
    None
}

/// Where the arguments of `.method(` start, and where its dot is.
fn call_of(line: &str, method: &str) -> Option<(usize, usize)> {
    let call = format!(".{method}(");
    let dot = line.find(&call)?;
    Some((dot + call.len(), dot))
}

/// The length of text up to one of `ends` outside brackets and quotes.
fn argument_end(text: &str, ends: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, _) if depth == 0 && ends.contains(&byte) => return at,
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Where the plain expression that ends at `end` starts: names, dots, `this.#x`, indexes and calls.
fn expression_start(line: &str, end: usize) -> usize {
    let bytes = line.as_bytes();
    let mut at = end;
    let mut depth = 0_usize;
    while at > 0 {
        let byte = bytes[at - 1];
        match byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth == 0 => break,
            b'(' | b'[' => depth -= 1,
            _ if depth > 0 => {}
            b'.' | b'#' | b'_' | b'$' | b'?' | b'!' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => break,
        }
        at -= 1;
    }
    at
}

/// Where the plain expression that starts at `start` ends.
fn expression_end(line: &str, start: usize) -> usize {
    start + argument_end(&line[start..], b";,)} ")
}

/// Where the last `[…]` or `.name` of a plain expression starts.
fn index_start(text: &str) -> Option<usize> {
    object_end(text).filter(|at| *at > 0)
}

/// Where the object of a member expression ends; `None` for a plain name.
fn object_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b')' | b']' => depth += 1,
            b'(' => depth = depth.saturating_sub(1),
            b'[' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            b'.' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The mutator itself, checked; the suites that use it bring their own main.
pub(crate) fn releases_are_changed_where_they_stand() {
    let line = "  if (m.size > 9) m.delete(m.keys().next().value); // release\n";
    let key = without_release(line, Way::Key);
    assert_eq!(key.as_deref(), Some("  if (m.size > 9) m.delete('no such key'); // release\n"));
    let receiver = without_release("a.b.list.length = 0; // release\n", Way::Receiver);
    assert_eq!(receiver.as_deref(), Some("unrelatedToAll.length = 0; // release\nlet unrelatedToAll = {};\n"));
    let receiver = without_release("old = null; // release\n", Way::Receiver);
    assert_eq!(receiver.as_deref(), Some("unrelatedToAll = null; // release\nlet unrelatedToAll = {};\n"));
    let key = without_release("delete global.x; // release\n", Way::Key);
    assert_eq!(key.as_deref(), Some("delete global['no such key']; // release\n"));
    assert_eq!(without_release("a(); // release\n", Way::Key), None);
    let path = without_release("a();\nb(); // release\nc();\n", Way::Path);
    assert_eq!(path.as_deref(), Some("a();\nfunction neverCalled1() {\nb(); // release\n}\nc();\n"));
}
