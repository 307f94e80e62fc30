//! The template engine: strict, bounded, without access to anything but templates and parameters.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::source::Source;
use super::{Marks, StandardError, Subject, Wanted};
use crate::inventory::Mistake;

/// Instructions of one rendering: ten thousand lines take some hundred thousand.
const FUEL: u64 = 5_000_000;
/// Longest text, bytes: the largest configuration seen has 2 MiB.
const LONGEST: usize = 8 * 1024 * 1024;
/// Stands for a secret whose mark is not known yet.
const NO_MARK: &str = "<redacted:00000000>";
/// Widest field that `pad` fills.
const WIDEST: usize = 64;

/// Secrets that a rendering asked for.
type Asked = Arc<Mutex<BTreeSet<Wanted>>>;

/// Renders a template; the text, and the secrets without a mark.
pub(super) fn render(
    source: &Source,
    template: &str,
    subject: &Subject,
    marks: &Marks,
) -> Result<(String, BTreeSet<Wanted>), StandardError> {
    let asked = Asked::default();
    let environment = environment(source, marks, &asked, UndefinedBehavior::Strict);
    let rendered = environment
        .get_template(template)
        .and_then(|template| template.render(Serde(subject.params())))
        .map_err(|error| told(source, template, &error, Some(subject)))?;
    if rendered.len() > LONGEST {
        let mistake = Mistake::of_file(source.shown(template), "gives more than 8 MiB, which is no configuration");
        return Err(StandardError::Template(mistake));
    }
    let wanted = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((rendered, wanted))
}

/// Mistakes that show without parameters: of syntax, and names of filters, tests, functions and templates that are not
/// there. What depends on parameters is left open.
pub(super) fn try_out(source: &Source, template: &str) -> Option<Mistake> {
    let environment = environment(source, &Marks::new(), &Asked::default(), UndefinedBehavior::Chainable);
    let tried = environment.get_template(template).and_then(|template| template.render(()));
    let error = tried.err()?;
    let error = innermost(&error);
    let certain = matches!(
        error.kind(),
        ErrorKind::SyntaxError
            | ErrorKind::TemplateNotFound
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownBlock
            | ErrorKind::BadEscape
            | ErrorKind::TooManyArguments
            | ErrorKind::OutOfFuel
    );
    // One in an included template is told where that is looked at itself.
    let here = error.name().is_none_or(|name| name == template);
    (certain && here).then(|| mistake(source, template, error))
}

fn environment(source: &Source, marks: &Marks, asked: &Asked, undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(undefined);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    // Fails for delimiters that contradict each other; these are the usual ones.
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    // For the place of an error in its template; its text is never shown with it.
    environment.set_debug(true);
    let templates = source.clone();
    environment.set_loader(move |name| {
        templates.read(name).map_err(|error| {
            Error::new(ErrorKind::InvalidOperation, format!("{} cannot be read: {error}", templates.shown(name)))
        })
    });
    environment.add_filter("json", json);
    environment.add_filter("quoted", quoted);
    environment.add_filter("routeros", routeros);
    environment.add_filter("pad", pad);
    let (marks, asked) = (marks.clone(), Arc::clone(asked));
    environment.add_function("secret", move |name: String| {
        let wanted = Wanted(name);
        if let Some(mark) = marks.get(&wanted) {
            return mark.clone();
        }
        asked.lock().unwrap_or_else(PoisonError::into_inner).insert(wanted);
        NO_MARK.to_owned()
    });
    environment
}

/// The error at the bottom: the ones above say only that a template includes another.
fn innermost(error: &Error) -> &Error {
    let mut found = error;
    let mut cause = error.source();
    while let Some(next) = cause {
        if let Some(deeper) = next.downcast_ref::<Error>() {
            found = deeper;
        }
        cause = next.source();
    }
    found
}

/// An error in the words of the operator. The engine's own text with its excerpt of values is not used.
fn told(source: &Source, template: &str, error: &Error, subject: Option<&Subject>) -> StandardError {
    let error = innermost(error);
    if error.kind() == ErrorKind::UndefinedError
        && let Some(subject) = subject
    {
        return StandardError::Undefined {
            file: source.shown(error.name().unwrap_or(template)),
            line: error.line().unwrap_or(0),
            name: undefined(error, subject),
        };
    }
    StandardError::Template(mistake(source, template, error))
}

fn mistake(source: &Source, template: &str, error: &Error) -> Mistake {
    let line = error.line().and_then(|line| u64::try_from(line).ok()).unwrap_or(0);
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    Mistake { file: source.shown(error.name().unwrap_or(template)).into(), line, column: 0, message }
}

/// The name that is not there: the first dotted name of the expression that failed which leads to nothing; where that
/// expression is only a filter, the last one before it in the same tag; where a name was set in the template from another
/// one, that one.
fn undefined(error: &Error, subject: &Subject) -> String {
    let place = error.template_source().zip(error.range());
    let Some((text, range)) = place else { return String::new() };
    // `site.tags` of `site.tags.asn` fails; the whole name says more.
    let rest = text.get(range.end..).unwrap_or_default();
    let more = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '.'));
    let end = range.end + more.unwrap_or(rest.len());
    let before = text.get(..range.start).unwrap_or_default();
    let follows = before.trim_end().chars().next_back().unwrap_or(' ');
    let failed = dotted_names(text.get(range.start..end).unwrap_or_default(), follows);
    let tag = before.rfind("{{").max(before.rfind("{%")).unwrap_or(0);
    let so_far = dotted_names(text.get(tag..range.start).unwrap_or_default(), ' ');
    let missing = |names: &[String]| names.iter().find(|name| !subject.has(name)).cloned();
    let last = so_far.iter().rfind(|name| !subject.has(name)).cloned();
    let found = missing(&failed).or(last).or_else(|| failed.first().cloned()).unwrap_or_default();
    let origin = assigned(text, &found).and_then(|expression| missing(&dotted_names(expression, ' ')));
    origin.unwrap_or(found)
}

/// What a name is set to in a template.
fn assigned<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split("{%").skip(1).find_map(|tag| {
        let (inside, _) = tag.split_once("%}")?;
        let (left, right) = inside.trim_start_matches(['-', '+']).trim_start().strip_prefix("set ")?.split_once('=')?;
        (left.trim() == name).then_some(right)
    })
}

/// Dotted names of an expression outside of its texts: `a.b|default(c) ~ "d"` has `a.b` and `c`; names of filters, calls
/// and words of the language are none. `before` is the letter in front of it.
fn dotted_names(expression: &str, mut before: char) -> Vec<String> {
    const WORDS: [&str; 16] = [
        "for",
        "set",
        "elif",
        "recursive",
        "if",
        "else",
        "not",
        "and",
        "or",
        "in",
        "is",
        "defined",
        "undefined",
        "true",
        "false",
        "none",
    ];
    let mut names = Vec::new();
    let mut letters = expression.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\'' => while letters.next().is_some_and(|inside| inside != letter) {},
            _ if letter.is_ascii_alphabetic() || letter == '_' => {
                let mut name = String::from(letter);
                while let Some(next) = letters.next_if(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '.'))
                {
                    name.push(next);
                }
                while letters.next_if(|next| next.is_whitespace()).is_some() {}
                let called = letters.peek() == Some(&'(');
                if before != '|' && !called && !WORDS.contains(&name.as_str()) {
                    names.push(name.trim_end_matches('.').to_owned());
                }
                before = 'x';
            }
            _ if letter.is_whitespace() => {}
            _ => before = letter,
        }
    }
    names
}

fn given(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { Err(Error::from(ErrorKind::UndefinedError)) } else { Ok(()) }
}

fn json(value: Value) -> Result<String, Error> {
    given(&value)?;
    serde_json::to_string(&value).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn quoted(value: Value) -> Result<String, Error> {
    given(&value)?;
    Ok(format!("\"{}\"", value.to_string().replace('\\', "\\\\").replace('"', "\\\"")))
}

/// As an export has it: bare where no letter has a meaning of its own.
fn routeros(value: Value) -> Result<String, Error> {
    given(&value)?;
    let text = value.to_string();
    let bare =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':' | '/' | ',' | '@');
    if !text.is_empty() && text.chars().all(bare) {
        return Ok(text);
    }
    let escaped: String = text
        .chars()
        .flat_map(|letter| matches!(letter, '"' | '\\' | '$').then_some('\\').into_iter().chain([letter]))
        .collect();
    Ok(format!("\"{escaped}\""))
}

fn pad(value: Value, width: usize) -> Result<String, Error> {
    given(&value)?;
    let width = width.min(WIDEST);
    Ok(format!("{:0>width$}", value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_expression() {
        assert_eq!(dotted_names("site.tags.asn", ' '), ["site.tags.asn"]);
        assert_eq!(dotted_names("a.b|default(c) ~ \"d e\"", ' '), ["a.b", "c"]);
        assert_eq!(dotted_names("x if device_name is defined else secret(y)", ' '), ["x", "device_name", "y"]);
        assert_eq!(dotted_names("azimuth | pad(3)", ' '), ["azimuth"]);
        assert!(dotted_names("'a' ~ 1", ' ').is_empty());
        assert!(dotted_names("pad", '|').is_empty());
        let text = "{%- set a = b %}{% if x %}{% set c = d ~ 1 %}";
        assert_eq!(
            (assigned(text, "a"), assigned(text, "c"), assigned(text, "x")),
            (Some(" b "), Some(" d ~ 1 "), None)
        );
    }

    #[test]
    fn values_as_routeros_writes_them() {
        let written = |text: &str| routeros(Value::from(text)).unwrap();
        assert_eq!(written("CCR-1.north"), "CCR-1.north");
        assert_eq!(written("rack 4"), "\"rack 4\"");
        assert_eq!(written("a\"b\\c$d"), "\"a\\\"b\\\\c\\$d\"");
        assert_eq!(written(""), "\"\"");
        assert_eq!(quoted(Value::from("a\"b\\")).unwrap(), "\"a\\\"b\\\\\"");
        assert_eq!(pad(Value::from(7), 3).unwrap(), "007");
        assert_eq!(pad(Value::from("090"), 3).unwrap(), "090");
    }
}
