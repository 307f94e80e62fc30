//! What a prompt says: engine, mode, context, and whether something is not saved or not up to date.

/// A command line of SR OS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Classic CLI.
    Classic,
    /// MD-CLI.
    Md,
}

impl Engine {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Classic => "classic",
            Engine::Md => "md-cli",
        }
    }
}

/// How MD-CLI edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// A candidate that nobody else may have.
    Exclusive,
    /// The candidate of all.
    Global,
    /// A candidate of one's own.
    Private,
    /// Only looking.
    ReadOnly,
}

/// A prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Which command line.
    pub engine: Engine,
    /// Letter of the active control card.
    pub card: char,
    /// User, MD-CLI only.
    pub user: Option<String>,
    /// System name.
    pub host: String,
    /// How it edits; none in operational mode and in the classic CLI.
    pub edit: Option<Edit>,
    /// The region that it edits: `bof`, `debug`; none is the configuration.
    pub region: Option<String>,
    /// `config>router>if`, `/configure router "Base"`; empty at the root.
    pub context: String,
    /// `*`: classic: changes that are not saved; MD-CLI: changes that are not committed.
    pub dirty: bool,
    /// `!`: somebody else committed since the candidate was taken.
    pub outdated: bool,
    /// `$`: the object of the context was created just now.
    pub created: bool,
}

impl Prompt {
    /// Reads a prompt, its lines joined by `\n`, with or without its last blank; none if it is none of SR OS's.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('\n') {
            Some((first, second)) => model_driven(first.trim(), second.trim_end()),
            None => classic(text.trim_end()),
        }
    }

    /// Whether it stands at its engine's root.
    pub fn is_at_root(&self) -> bool {
        self.context.is_empty()
    }
}

fn card(text: &str) -> Option<(char, &str)> {
    let (card, rest) = text.split_once(':')?;
    let mut letters = card.chars();
    let letter = letters.next().filter(|letter| ('A'..='D').contains(letter))?;
    letters.next().is_none().then_some((letter, rest))
}

fn classic(text: &str) -> Option<Prompt> {
    let (dirty, text) = text.strip_prefix('*').map_or((false, text), |rest| (true, rest));
    let (card, rest) = card(text)?;
    let (rest, created) = match rest.strip_suffix('#') {
        Some(rest) => (rest, false),
        None => (rest.strip_suffix('$')?, true),
    };
    let (host, context) = rest.split_once('>').unwrap_or((rest, ""));
    if host.is_empty() || host.contains(['@', '#', '$']) {
        return None;
    }
    Some(Prompt {
        engine: Engine::Classic,
        card,
        user: None,
        host: host.to_owned(),
        edit: None,
        region: None,
        context: context.trim_end().to_owned(),
        dirty,
        outdated: false,
        created,
    })
}

fn model_driven(first: &str, second: &str) -> Option<Prompt> {
    let rest = first.trim_start_matches(['*', '!']);
    let flags = first.strip_suffix(rest)?;
    let mut how = None;
    let mut rest = rest;
    if let Some(inside) = rest.strip_prefix('(') {
        let (mode, behind) = inside.split_once(')')?;
        how = Some(mode);
        rest = behind;
    }
    let mut context = rest.strip_prefix('[')?.strip_suffix(']')?;
    if how.is_none()
        && let Some((mode, path)) = context.split_once(':')
        && edit(mode).is_some()
    {
        how = Some(mode);
        context = path;
    }
    let (mode, region) =
        match how.map(|how| how.split_once(':').map_or((how, None), |(mode, region)| (mode, Some(region)))) {
            Some((mode, region)) => (Some(edit(mode)?), region),
            None => (None, None),
        };
    let (card, who) = card(second)?;
    let (user, host) = who.strip_suffix('#')?.split_once('@')?;
    Some(Prompt {
        engine: Engine::Md,
        card,
        user: Some(user.to_owned()),
        host: host.to_owned(),
        edit: mode,
        region: region.map(str::to_owned),
        context: if context == "/" { String::new() } else { context.to_owned() },
        dirty: flags.contains('*'),
        outdated: flags.contains('!'),
        created: false,
    })
}

fn edit(mode: &str) -> Option<Edit> {
    Some(match mode {
        "ex" => Edit::Exclusive,
        "gl" => Edit::Global,
        "pr" => Edit::Private,
        "ro" => Edit::ReadOnly,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Engine, card, edit, region, context, dirty, outdated, created.
    type Seen<'a> = (Engine, char, Option<Edit>, Option<&'a str>, &'a str, bool, bool, bool);

    fn seen(prompt: &Prompt) -> Seen<'_> {
        (
            prompt.engine,
            prompt.card,
            prompt.edit,
            prompt.region.as_deref(),
            &prompt.context,
            prompt.dirty,
            prompt.outdated,
            prompt.created,
        )
    }

    #[test]
    fn n05_every_state_of_a_prompt_is_read() {
        use Edit::{Exclusive, Global, Private, ReadOnly};
        use Engine::{Classic, Md};
        for (text, expected) in [
            ("A:host# ", (Classic, 'A', None, None, "", false, false, false)),
            ("*A:host# ", (Classic, 'A', None, None, "", true, false, false)),
            ("B:host# ", (Classic, 'B', None, None, "", false, false, false)),
            ("*B:host# ", (Classic, 'B', None, None, "", true, false, false)),
            ("A:host>config>router>if$ ", (Classic, 'A', None, None, "config>router>if", false, false, true)),
            ("*A:host>config>router>if# ", (Classic, 'A', None, None, "config>router>if", true, false, false)),
            ("A:host>edit-cfg# ", (Classic, 'A', None, None, "edit-cfg", false, false, false)),
            (r"A:host>file cf3:\ # ", (Classic, 'A', None, None, r"file cf3:\", false, false, false)),
            ("[]\nA:admin@host# ", (Md, 'A', None, None, "", false, false, false)),
            ("[/]\nA:admin@host# ", (Md, 'A', None, None, "", false, false, false)),
            (
                "[/show router \"Base\"]\nA:admin@host# ",
                (Md, 'A', None, None, "/show router \"Base\"", false, false, false),
            ),
            ("(ex)[]\nA:admin@host# ", (Md, 'A', Some(Exclusive), None, "", false, false, false)),
            ("(ro)[/]\nA:admin@host# ", (Md, 'A', Some(ReadOnly), None, "", false, false, false)),
            (
                "*(pr)[/configure port 1/1/7]\nB:admin@host# ",
                (Md, 'B', Some(Private), None, "/configure port 1/1/7", true, false, false),
            ),
            ("!*(gl)[/]\nA:admin@host# ", (Md, 'A', Some(Global), None, "", true, true, false)),
            ("!(gl)[/configure]\nA:admin@host# ", (Md, 'A', Some(Global), None, "/configure", false, true, false)),
            ("[ex:/configure]\nA:admin@host# ", (Md, 'A', Some(Exclusive), None, "/configure", false, false, false)),
            ("*[pr:/configure]\nA:admin@host# ", (Md, 'A', Some(Private), None, "/configure", true, false, false)),
            ("[gl:configure]\nA:admin@host# ", (Md, 'A', Some(Global), None, "configure", false, false, false)),
            ("(ex:bof)[/]\nA:admin@host# ", (Md, 'A', Some(Exclusive), Some("bof"), "", false, false, false)),
        ] {
            assert_eq!(seen(&Prompt::parse(text).unwrap_or_else(|| panic!("{text}"))), expected, "{text}");
        }
    }

    #[test]
    fn the_host_is_told_with_whatever_it_holds() {
        assert_eq!(Prompt::parse("A:RTR-NK7250-1.TX-PINE# ").unwrap().host, "RTR-NK7250-1.TX-PINE");
        assert_eq!(Prompt::parse("*A:Pine Ridge, hut 2>config# ").unwrap().host, "Pine Ridge, hut 2");
        let md = Prompt::parse("[/]\nA:netops@pe-oak# ").unwrap();
        assert_eq!((md.user.as_deref(), md.host.as_str()), (Some("netops"), "pe-oak"));
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "Last Boot Config Header: # TiMOS-B-25.10.R2 both/hops64 Nokia 7250 IXR",
            "#--------------------------------------------------",
            "E:host# ",
            "AB:host# ",
            "A:# ",
            "A:admin@host# ",
            "[/]\nA:host# ",
            "(xx)[/]\nA:admin@host# ",
            "router# ",
            "[admin@TWR] > ",
        ] {
            assert_eq!(Prompt::parse(text), None, "{text}");
        }
    }
}
