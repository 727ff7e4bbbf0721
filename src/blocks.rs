//! Script blocks: where the code is in a `.vue`, `.svelte`, `.astro` or `.html` file, and how it runs.
//!
//! A block is parsed where it stands, so every span is one of the whole file. Blocks that share
//! their variables are one [`Unit`] and are judged together, as one file.

use crate::facts::{ModuleKind, RunBy};
use crate::source::Span;
use crate::syntax::{Language, language};

/// Code that is judged as one file.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// Its stretches of code, in the order they run.
    pub(crate) blocks: Vec<Block>,
    /// The grammar of markup around it, which code is written for.
    pub(crate) markup: Option<Markup>,
}

/// A stretch of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) span: Span,
    pub(crate) language: Language,
    /// How it runs, where its place says so.
    pub(crate) module: Option<ModuleKind>,
    /// What runs it again and again; `None` where it runs once.
    pub(crate) run_by: Option<RunBy>,
}

/// Files that are not code but have some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    Vue,
    Svelte,
    Astro,
    Html,
}

impl Unit {
    /// The one unit of a file that is code.
    pub(crate) fn file(path: &str, text: &str) -> Self {
        let span = Span::new(0, offset(text.len()));
        Self { blocks: vec![Block { span, language: language(path), module: None, run_by: None }], markup: None }
    }
}

/// What kind of markup a file is, by its name.
pub(crate) fn markup(path: &str) -> Option<Markup> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "vue" => Some(Markup::Vue),
        "svelte" => Some(Markup::Svelte),
        "astro" => Some(Markup::Astro),
        "html" | "htm" => Some(Markup::Html),
        _ => None,
    }
}

/// The units of a file.
pub(crate) fn units(path: &str, text: &str) -> Vec<Unit> {
    let Some(markup) = markup(path) else { return vec![Unit::file(path, text)] };
    let mut scanner = Scanner { text, at: 0, markup };
    let front = if markup == Markup::Astro { scanner.frontmatter() } else { None };
    let mut shared = Vec::new();
    let mut units = Vec::new();
    for (tag, span) in scanner.scripts() {
        let Some(block) = tag.block(span, markup) else { continue };
        // A page's modules have variables of their own, and so has each script of an Astro page.
        if markup == Markup::Astro || markup == Markup::Html && block.module == Some(ModuleKind::Module) {
            units.push(Unit { blocks: vec![block], markup: Some(markup) });
        } else {
            shared.push(block);
        }
    }
    shared.extend(front);
    // The module is loaded before a component of it is made, wherever its block stands.
    shared.sort_by_key(|block| block.run_by.is_some());
    if !shared.is_empty() {
        units.insert(0, Unit { blocks: shared, markup: Some(markup) });
    }
    units
}

/// Whether a block that does not parse is filled in by a template engine before it is a script:
/// `{{ name }}`, `{% if %}`, `<%= name %>`, `<?php`, `@(name)`, `%NAME%`.
pub(crate) fn is_template(unit: &Unit, code: &str) -> bool {
    let is_name = |text: &str| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    unit.markup == Some(Markup::Html)
        && (["{{", "{%", "<%", "<?", "@("].iter().any(|mark| code.contains(mark)) || code.split('%').any(is_name))
}

/// The words of a file outside of its scripts and styles: what its template names.
pub(crate) fn words_outside<'t>(text: &'t str, markup: Markup, unit: &Unit) -> impl Iterator<Item = &'t str> {
    let mut gaps = Vec::new();
    let mut start = 0;
    let mut spans: Vec<Span> = unit.blocks.iter().map(|block| block.span).collect();
    spans.sort_unstable();
    for span in spans {
        gaps.extend(text.get(start..span.start as usize));
        start = span.end as usize;
    }
    gaps.extend(text.get(start..));
    // In an HTML page names in attributes are those of globals, which anybody may use anyway.
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    let named = markup != Markup::Html;
    gaps.into_iter()
        .filter(move |_| named)
        .flat_map(move |gap| gap.split(move |char| !is_part(char)))
        .filter(|word| !word.is_empty())
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The start of a `<script>` element.
#[derive(Debug, Default)]
struct Tag<'t> {
    attributes: Vec<(&'t str, Option<&'t str>)>,
    /// `<script … />`
    closed: bool,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.unwrap_or_default())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// What the element's text is; `None` where it is no code, or none of this file.
    fn block(&self, span: Span, markup: Markup) -> Option<Block> {
        if self.has("src") {
            return None;
        }
        let kind = self.get("type").unwrap_or_default().trim().to_ascii_lowercase();
        let by_type = match kind.as_str() {
            ""
            | "module"
            | "text/javascript"
            | "application/javascript"
            | "text/ecmascript"
            | "application/ecmascript"
            | "text/jsx"
            | "text/babel" => Language::JavaScript,
            "text/typescript" | "application/typescript" => Language::TypeScript,
            _ => return None,
        };
        let language = match self.get("lang").unwrap_or_default() {
            "ts" | "typescript" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "" if markup == Markup::Astro => Language::TypeScript,
            "" => by_type,
            "js" | "javascript" | "jsx" | "babel" => Language::JavaScript,
            _ => return None,
        };
        let run_by = match markup {
            Markup::Vue => self.has("setup").then_some(RunBy::Mount),
            Markup::Svelte => {
                let module = self.has("module") || self.get("context") == Some("module");
                (!module).then_some(RunBy::Mount)
            }
            Markup::Astro | Markup::Html => None,
        };
        let module = markup != Markup::Html || kind == "module";
        let module = Some(if module { ModuleKind::Module } else { ModuleKind::Script });
        Some(Block { span, language, module, run_by })
    }
}

/// Walks through markup, as far as it takes to know scripts from text that looks like one.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    markup: Markup,
}

impl<'t> Scanner<'t> {
    /// The `---` fence at the start of an Astro page: TypeScript that runs for each request of it.
    fn frontmatter(&mut self) -> Option<Block> {
        let start = self.text.find("---")?;
        let before = self.text[..start].trim_start_matches('\u{feff}').trim();
        if !(before.is_empty() || before.starts_with("<!--") && before.ends_with("-->")) {
            return None;
        }
        let start = start + 3;
        let end = start + self.text[start..].find("\n---")? + 1;
        self.at = end + 3;
        let span = Span::new(offset(start), offset(end));
        let module = Some(ModuleKind::Module);
        Some(Block { span, language: Language::TypeScript, module, run_by: Some(RunBy::Request) })
    }

    /// The scripts that are the file's own, each with the place of its text.
    fn scripts(&mut self) -> Vec<(Tag<'t>, Span)> {
        let mut found = Vec::new();
        // How deep the walk is in what holds no scripts of the component.
        let mut inside = 0_usize;
        let holder = match self.markup {
            Markup::Vue => Some("template"),
            Markup::Svelte => Some("svelte:head"),
            Markup::Astro | Markup::Html => None,
        };
        while let Some(step) = self.text[self.at..].find(['<', '{']) {
            self.at += step;
            let rest = &self.text[self.at..];
            if rest.starts_with('{') {
                self.at += if self.markup == Markup::Svelte { end_of_braces(rest).unwrap_or(1) } else { 1 };
            } else if rest.starts_with("<!--") {
                self.at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            } else if let Some(name) = raw_text(rest) {
                self.at += 1 + name.len();
                let tag = self.tag();
                let start = self.at;
                if tag.closed && self.markup != Markup::Html {
                    continue;
                }
                let end = self.closing(name);
                if name.eq_ignore_ascii_case("script") && inside == 0 {
                    found.push((tag, Span::new(offset(start), offset(end))));
                }
            } else {
                let opens = holder.is_some_and(|holder| starts_tag(&rest[1..], holder));
                let closes = holder.is_some_and(|holder| rest[1..].starts_with('/') && starts_tag(&rest[2..], holder));
                self.at += 1;
                if closes {
                    inside = inside.saturating_sub(1);
                } else if rest[1..].starts_with(|char: char| char.is_ascii_alphabetic()) {
                    let tag = self.tag();
                    inside += usize::from(opens && !tag.closed);
                }
            }
        }
        found
    }

    /// Reads the rest of a tag, up to and with its `>`.
    fn tag(&mut self) -> Tag<'t> {
        let mut tag = Tag::default();
        let bytes = self.text.as_bytes();
        let text = self.text;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'>' => {
                    self.at += 1;
                    break;
                }
                b'/' => {
                    tag.closed = bytes.get(self.at + 1) == Some(&b'>');
                    self.at += 1;
                }
                b'{' => self.at += end_of_braces(&text[self.at..]).unwrap_or(1),
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => {
                    let name = self.word(b"=>/");
                    if name.is_empty() {
                        self.at += 1;
                        continue;
                    }
                    let value = (bytes.get(self.at) == Some(&b'=')).then(|| {
                        self.at += 1;
                        self.value()
                    });
                    tag.attributes.push((name, value));
                }
            }
        }
        tag
    }

    /// The text up to white space or one of `ends`.
    fn word(&mut self, ends: &[u8]) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| byte.is_ascii_whitespace() || ends.contains(&byte));
        let end = end.unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The value of an attribute.
    fn value(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let (skipped, length) = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                (1, rest[1..].find(char::from(*quote)).unwrap_or(rest.len().saturating_sub(1)))
            }
            Some(b'{') => (0, end_of_braces(rest).unwrap_or(1)),
            _ => return self.word(b">"),
        };
        self.at = (self.at + skipped + length + skipped).min(self.text.len());
        &rest[skipped..skipped + length]
    }

    /// The end of the text of an element that holds nothing but text; goes on behind its end tag.
    fn closing(&mut self, name: &str) -> usize {
        let mut from = self.at;
        while let Some(step) = self.text[from..].find("</") {
            let end = from + step;
            if starts_tag(&self.text[end + 2..], name) {
                self.at = self.text[end..].find('>').map_or(self.text.len(), |close| end + close + 1);
                return end;
            }
            from = end + 2;
        }
        self.at = self.text.len();
        self.at
    }
}

/// The name of an element at a `<` whose content is text and no elements.
fn raw_text(text: &str) -> Option<&'static str> {
    ["script", "style", "textarea", "title"].into_iter().find(|name| starts_tag(&text[1..], name))
}

/// Whether a tag of that name starts here, after its `<` or `</`.
fn starts_tag(text: &str, name: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > name.len()
        && bytes[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && (bytes[name.len()].is_ascii_whitespace() || matches!(bytes[name.len()], b'>' | b'/'))
}

/// The length of an expression in braces, where the text starts with one that is closed.
fn end_of_braces(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Block, Markup, Unit, units};
    use crate::facts::{ModuleKind, RunBy};
    use crate::syntax::Language;

    /// The blocks of each unit.
    fn blocks(path: &str, text: &str) -> Vec<Vec<Block>> {
        units(path, text).into_iter().map(|unit| unit.blocks).collect()
    }

    /// The texts of each unit.
    fn texts<'t>(path: &str, text: &'t str) -> Vec<Vec<&'t str>> {
        let cut = |block: &Block| &text[block.span.start as usize..block.span.end as usize];
        blocks(path, text).iter().map(|unit| unit.iter().map(cut).collect()).collect()
    }

    #[test]
    fn a_vue_component_has_a_module_and_a_set_up() {
        let text = "<template><script>no</script></template>\n<script setup lang='ts' generic=\"T extends A<B>\">\
                    setup</script>\n<!-- <script>no</script> --><SCRIPT>module</Script ><style><script></style>";
        assert_eq!(texts("a.vue", text), [["module", "setup"]]);
        let found = &blocks("a.vue", text)[0];
        assert_eq!((found[0].run_by, found[0].language), (None, Language::JavaScript));
        assert_eq!((found[1].run_by, found[1].language), (Some(RunBy::Mount), Language::TypeScript));
    }

    #[test]
    fn a_svelte_component_has_a_module_and_an_instance() {
        let text = "{@html `<script>${no}</script>`}<script>instance</script><svelte:head><script>no</script>\
                    </svelte:head><a on:click={() => a > 1}/><script context=\"module\">module</script>";
        assert_eq!(texts("a.svelte", text), [["module", "instance"]]);
        assert_eq!(texts("a.svelte", "<script module>m</script>\n<script lang=coffee>c</script>"), [["m"]]);
    }

    #[test]
    fn an_astro_page_has_frontmatter_and_scripts() {
        let text = "---\nfront\n---\n<p>it's</p><script>one</script><script src='a.js'></script><script>two</script>";
        assert_eq!(texts("a.astro", text), [["\nfront\n"], ["one"], ["two"]]);
        assert_eq!(blocks("a.astro", text)[0][0].run_by, Some(RunBy::Request));
        assert_eq!(texts("a.astro", "<p>---</p><script>one</script>"), [["one"]]);
    }

    #[test]
    fn the_scripts_of_a_page_share_their_globals_and_its_modules_do_not() {
        let text = "<script>a</script><script type=module>b</script><script type='application/json'>{}</script>\
                    <script type=text/javascript>c</script><textarea><script>no</script></textarea><script>d";
        assert_eq!(texts("a.html", text), [vec!["a", "c", "d"], vec!["b"]]);
        assert_eq!(blocks("a.html", text)[1][0].module, Some(ModuleKind::Module));
        assert!(units("a.html", "<p>text").is_empty());
    }

    #[test]
    fn placeholders_make_a_template() {
        let is_template = |code: &str| {
            let unit = Unit { markup: Some(Markup::Html), ..Unit::default() };
            super::is_template(&unit, code)
        };
        assert!(is_template("run(%CLIENT_CONFIG%)") && is_template("var a = {{ a }};"));
        assert!(!is_template("const = 5 % n") && !is_template("let x = ;"));
    }

    #[test]
    fn broken_markup_ends_somewhere() {
        for text in [
            "<",
            "<script",
            "<script ",
            "<script a=",
            "<script a='",
            "<script>",
            "{",
            "<a {",
            "</",
            "---\n",
            "<script a={",
        ] {
            for path in ["a.vue", "a.svelte", "a.astro", "a.html"] {
                units(path, text);
            }
        }
    }
}
