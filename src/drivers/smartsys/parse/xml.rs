//! A strict reader of small XML documents: elements, attributes, text. What is not well-formed, or not whole, is an error;
//! entities of a document's own, which XML bombs are made of, are not read.

use super::Unmet;

/// Elements within elements.
const DEEPEST: usize = 32;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Names and values, in order.
    pub attributes: Vec<(String, String)>,
    /// Elements in it, in order.
    pub children: Vec<Element>,
    /// The text in it, trimmed.
    pub text: String,
}

impl Element {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The `val` of the element of this name, however deep; none where there is none, or where two differ.
    pub fn val(&self, name: &str) -> Option<&str> {
        let mut found = Vec::new();
        self.collect(name, &mut found);
        let (first, rest) = found.split_first()?;
        rest.iter().all(|other| other == first).then_some(*first)
    }

    fn collect<'a>(&'a self, name: &str, found: &mut Vec<&'a str>) {
        for child in &self.children {
            if child.name == name
                && let Some(value) = child.attribute("val")
            {
                found.push(value);
            }
            child.collect(name, found);
        }
    }
}

/// The outermost element of a whole document.
pub fn document(bytes: &[u8]) -> Result<Element, Unmet> {
    let text = decode(bytes)?;
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}') };
    reader.misc()?;
    let root = reader.element(0)?;
    reader.misc()?;
    if reader.rest.is_empty() { Ok(root) } else { Err(wrong("something follows the outermost element")) }
}

fn wrong(what: &str) -> Unmet {
    Unmet(what.to_owned())
}

/// By the declared encoding: ISO-8859-1 or UTF-8, which it is without one.
fn decode(bytes: &[u8]) -> Result<String, Unmet> {
    let head: String = bytes.iter().take(200).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let declared =
        head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(declaration, _)| declaration);
    let encoding = declared.and_then(|declaration| {
        let (_, value) = declaration.split_once("encoding")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value.get(1..)?.split(quote).next()
    });
    match encoding {
        Some("iso-8859-1" | "latin1" | "windows-1252") => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Some("utf-8" | "us-ascii") | None => {
            std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| wrong("the document is not in its encoding"))
        }
        Some(_) => Err(wrong("the document's encoding is none that is known here")),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Declarations, comments and white space outside the outermost element.
    fn misc(&mut self) -> Result<(), Unmet> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("<?") {
                self.past("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.past("-->")?;
            } else if self.rest.starts_with("<!") {
                return Err(wrong("the document declares a type of its own"));
            } else {
                return Ok(());
            }
        }
    }

    fn past(&mut self, end: &str) -> Result<&'a str, Unmet> {
        let (before, rest) = self.rest.split_once(end).ok_or_else(|| wrong("the document is cut off"))?;
        self.rest = rest;
        Ok(before)
    }

    fn name(&mut self) -> Result<String, Unmet> {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')))
            .ok_or_else(|| wrong("the document is cut off"))?;
        let (name, rest) = self.rest.split_at_checked(end).ok_or_else(|| wrong("no name"))?;
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(wrong("the document is no XML"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn take(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn element(&mut self, depth: usize) -> Result<Element, Unmet> {
        if depth >= DEEPEST {
            return Err(wrong("the document is nested too deeply"));
        }
        if !self.take("<") {
            return Err(wrong("the document is no XML"));
        }
        let mut element = Element { name: self.name()?, ..Element::default() };
        loop {
            self.rest = self.rest.trim_start();
            if self.take("/>") {
                return Ok(element);
            }
            if self.take(">") {
                break;
            }
            if self.rest.is_empty() {
                return Err(wrong("the document is cut off"));
            }
            let name = self.name()?;
            self.rest = self.rest.trim_start();
            if !self.take("=") {
                return Err(wrong("an attribute has no value"));
            }
            self.rest = self.rest.trim_start();
            let quote = if self.take("\"") {
                "\""
            } else if self.take("'") {
                "'"
            } else {
                return Err(wrong("an attribute's value has no quotes"));
            };
            let value = self.past(quote)?;
            if value.contains('<') || element.attribute(&name).is_some() {
                return Err(wrong("an attribute is not well-formed"));
            }
            element.attributes.push((name, unescaped(value)?));
        }
        let mut text = String::new();
        loop {
            let end = self.rest.find('<').ok_or_else(|| wrong("the document is cut off"))?;
            let (before, rest) = self.rest.split_at_checked(end).ok_or_else(|| wrong("no text"))?;
            text.push_str(&unescaped(before)?);
            self.rest = rest;
            if self.take("</") {
                let name = self.name()?;
                self.rest = self.rest.trim_start();
                if name != element.name || !self.take(">") {
                    return Err(wrong("an element ends that did not begin"));
                }
                text.trim().clone_into(&mut element.text);
                return Ok(element);
            }
            if self.take("<!--") {
                self.past("-->")?;
            } else if self.take("<![CDATA[") {
                text.push_str(self.past("]]>")?);
            } else {
                let child = self.element(depth + 1)?;
                element.children.push(child);
            }
        }
    }
}

fn unescaped(text: &str) -> Result<String, Unmet> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';').ok_or_else(|| wrong("an entity has no end"))?;
        let letter = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            name => name
                .strip_prefix('#')
                .and_then(|number| match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                })
                .and_then(char::from_u32),
        };
        out.push(letter.ok_or_else(|| wrong("the document has an entity that is not known"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ABOUT: &str = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<homepage><siteName val=\"TX &amp; S\"/>\
        <group a='1'><Lati val=\"1\"/>text</group>\n<!-- c --><Lati val=\"1\"></Lati></homepage>\n";

    #[test]
    fn elements_attributes_and_text() {
        let root = document(ABOUT.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("homepage", 3));
        assert_eq!(root.val("siteName"), Some("TX & S"));
        assert_eq!(root.val("Lati"), Some("1"), "twice, and the same");
        assert_eq!((root.children[1].text.as_str(), root.children[1].attribute("a")), ("text", Some("1")));
        let two = document(b"<a><b val='1'/><c><b val='2'/></c></a>").unwrap();
        assert_eq!((two.val("b"), two.val("nope")), (None, None));
        let mut latin = ABOUT.replace("TX &amp; S", "D?ne").into_bytes();
        let at = latin.iter().position(|byte| *byte == b'D').unwrap();
        latin[at + 1] = 0xfc;
        assert_eq!(document(&latin).unwrap().val("siteName"), Some("Düne"));
    }

    #[test]
    fn what_is_not_whole_or_not_well_formed_is_an_error() {
        let whole = ABOUT.trim_end();
        for cut in 1..whole.len() {
            assert!(document(&whole.as_bytes()[..cut]).is_err(), "{cut}");
        }
        for text in [
            "",
            "0",
            "<html><body>Login<br></body></html>",
            "<a></b>",
            "<a b></a>",
            "<a b=1></a>",
            "<a b='1' b='2'/>",
            "<a/><a/>",
            "<a>&nbsp;</a>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<?xml version='1.0' encoding='utf-16'?><a/>",
        ] {
            assert!(document(text.as_bytes()).is_err(), "{text}");
        }
        assert!(document(&[b'<', b'a', b'>', 0xff, b'<', b'/', b'a', b'>']).is_err());
        let deep = "<a>".repeat(100_000);
        assert!(document(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[<>/a&;'\"= !?-]{0,80}") {
            let _ = document(&bytes);
            let _ = document(text.as_bytes());
        }
    }
}
