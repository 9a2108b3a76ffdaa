//! Chats: the syntaxes of messengers, and cutting a text to what a platform takes.
//!
//! An escape makes one line: it begins with what [`terminal`] gives, so white space is folded and
//! nothing invisible is left. What is not escaped is a URL that stands in the text as itself: it
//! leads where it says. A link whose label hides its target cannot come to be.

use super::columns::clusters;
use super::terminal;

/// Stands after a sign that would call somebody or open a link where a syntax has no escape for it.
/// It takes no room and ends the name (U+200B, zero width space).
const BREAK: char = '\u{200b}';

/// The longest URL that is linked, in bytes. Slack's and Discord's own limits are higher.
const MAX_TARGET: usize = 1_500;

/// What a platform counts when it limits a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units, as JavaScript, .NET and Java count.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
    /// Bytes within a string of JSON: a quotation mark and a backslash take two.
    JsonBytes,
}

impl Unit {
    /// How much the text takes.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Bytes => text.len(),
            Self::JsonBytes => text
                .chars()
                .map(|c| match c {
                    '"' | '\\' | '\n' | '\r' | '\t' => 2,
                    '\u{0}'..='\u{1f}' => 6,
                    _ => c.len_utf8(),
                })
                .sum(),
        }
    }
}

/// `text` on one line, escaped, and at most `limit` units long, escapes included. What is too long
/// is cut before it is escaped, so that no escape is torn, between characters that belong together,
/// and ends in an ellipsis.
pub fn cut(text: &str, limit: usize, unit: Unit, escape: impl Fn(&str) -> String) -> String {
    const DOTS: &str = "…";
    // A beginning is enough of a text that cannot fit, however little of it can be seen.
    let head = text.get(..text.floor_char_boundary(limit.saturating_mul(64))).unwrap_or(text);
    let safe = terminal(head);
    // Every character takes a unit at least, so a longer one need not be escaped to be too long.
    if head.len() == text.len() && safe.len() <= limit.saturating_mul(4) {
        let whole = escape(&safe);
        if unit.measure(&whole) <= limit {
            return whole;
        }
    }
    let room = limit.saturating_sub(unit.measure(DOTS));
    let ends: Vec<usize> = clusters(&safe)
        .take(room)
        .scan(0_usize, |end, cluster| {
            *end = end.saturating_add(cluster.len());
            Some(*end)
        })
        .collect();
    let upto = |end: usize| escape(safe.get(..end).unwrap_or_default().trim_end());
    let count = ends.partition_point(|&end| unit.measure(&upto(end)) <= room);
    let mut out = count.checked_sub(1).and_then(|at| ends.get(at)).map(|&end| upto(end)).unwrap_or_default();
    if unit.measure(DOTS) <= limit {
        out.push_str(DOTS);
    }
    out
}

/// A URL that may stand behind a label: http or https, without credentials, not too long, and
/// written so that no chat's syntax ends within it. Nothing else is linked.
pub fn target(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let fit = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    let mut out = String::new();
    for c in url.as_str().chars() {
        match c {
            '|' => out.push_str("%7C"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '\'' => out.push_str("%27"),
            '"' => out.push_str("%22"),
            '*' => out.push_str("%2A"),
            '`' => out.push_str("%60"),
            '\\' => out.push_str("%5C"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            _ => out.push(c),
        }
    }
    (fit && out.len() <= MAX_TARGET).then_some(out)
}

/// Text that a platform shows as it is.
pub fn plain(text: &str) -> String {
    terminal(text).into_owned()
}

/// Slack: the three characters that its messages are made of
/// (docs.slack.dev/messaging/formatting-message-text, "Escaping text"). With `<` taken, neither
/// `<!channel>` nor `<@U1>` nor a labelled link comes to be. Asterisks and the like are for
/// `plain_text` objects to ignore.
pub fn slack(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}

/// Discord's Markdown: every sign that opens something gets a backslash
/// (support.discord.com, "Markdown Text 101"; discord.com/developers/docs/reference, "Message
/// Formatting": `<@id>`, `<#id>`, `<t:...>`).
pub fn discord(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        let opens =
            matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '@') || begins_block(&out, c);
        if opens {
            out.push('\\');
        }
        out.push(c);
        if c == '@' {
            out.push(BREAK);
        }
    }
    out
}

/// Mattermost's Markdown (docs.mattermost.com, "Format messages"): backslashes, and a break after
/// `@` and `~`, which call people and link channels whatever stands before them.
pub fn mattermost(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '\\' | '*' | '_' | '`' | '|' | '[' | ']' | '<' | '>' | '{' | '}' | '!' => out.extend(['\\', c]),
            '~' | '#' => out.extend(['\\', c, BREAK]),
            '@' => out.extend([c, BREAK]),
            _ if begins_block(&out, c) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// Rocket.Chat's Markdown (docs.rocket.chat, "Format messages"): its parser knows a backslash before
/// `*`, `_`, `~`, `` ` `` and `#` alone, so a break does it for the rest.
pub fn rocket_chat(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '*' | '_' | '~' | '`' | '#' => out.extend(['\\', c]),
            '\\' | '@' | '<' | '[' | ']' | '!' => out.extend([c, BREAK]),
            '>' if out.is_empty() => out.extend([BREAK, c]),
            _ if begins_block(&out, c) => out.extend([BREAK, c]),
            _ => out.push(c),
        }
    }
    out
}

/// Telegram's HTML (core.telegram.org/bots/api#html-style): four named entities. Telegram looks for
/// mentions, hashtags, cashtags and commands in the finished text: a break follows their sign.
pub fn telegram(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '@' | '#' | '$' => out.extend([c, BREAK]),
            '/' if before.is_whitespace() => out.extend([c, BREAK]),
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// The text of Google Chat's cards, a small HTML
/// (developers.google.com/workspace/chat/format-messages, "Format card messages").
pub fn google_chat(text: &str) -> String {
    super::html(&terminal(text))
}

/// Whether a character at this place begins a heading, a list, a quotation or a numbered item.
fn begins_block(before: &str, c: char) -> bool {
    match c {
        '#' | '-' | '+' | '=' | '>' => before.is_empty(),
        '.' => !before.is_empty() && before.chars().all(|c| c.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_as_the_platforms_do() {
        let text = "a\"é👍";
        let counts = [Unit::Chars, Unit::Utf16, Unit::Bytes, Unit::JsonBytes].map(|unit| unit.measure(text));
        assert_eq!(counts, [4, 5, 8, 9]);
        assert_eq!(Unit::JsonBytes.measure("a\n\u{1}\\"), serde_json::to_string("a\n\u{1}\\").unwrap().len() - 2);
    }

    #[test]
    fn cutting_tears_no_escape_and_no_character() {
        assert_eq!(cut("a & b", 9, Unit::Chars, slack), "a &amp; b");
        assert_eq!(cut("a & b", 8, Unit::Chars, slack), "a &amp;…");
        assert_eq!(cut("a & b", 7, Unit::Chars, slack), "a…");
        assert_eq!(cut("👍👍👍", 5, Unit::Utf16, plain), "👍👍…");
        assert_eq!(cut("👍👍👍", 11, Unit::Bytes, plain), "👍👍…");
        assert_eq!(cut("ae\u{301}e\u{301}", 4, Unit::Chars, plain), "ae\u{301}…");
        assert_eq!(cut("abc", 0, Unit::Chars, plain), "");
        assert_eq!(cut("abc", 1, Unit::Chars, plain), "…");
    }

    #[test]
    fn cutting_a_megabyte_holds_the_limit() {
        for piece in ["\"", "漢", "👍", "<", "a ", "\u{202e}", "e\u{301}"] {
            let text = piece.repeat((1 << 20) / piece.len());
            for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes, Unit::JsonBytes] {
                for escape in [slack, discord, mattermost, rocket_chat, telegram, google_chat, plain] {
                    assert!(unit.measure(&cut(&text, 300, unit, escape)) <= 300, "{piece} {unit:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_is_called_and_nothing_is_hidden() {
        let text = "@everyone <!channel> <@U1> [x](https://h.example) *b* ~town /start #tag";
        assert_eq!(slack(text), "@everyone &lt;!channel&gt; &lt;@U1&gt; [x](https://h.example) *b* ~town /start #tag");
        assert_eq!(
            discord(text),
            "\\@\u{200b}everyone \\<!channel\\> \\<\\@\u{200b}U1\\> \\[x\\](https://h.example) \\*b\\* \\~town /start #tag"
        );
        assert_eq!(
            mattermost(text),
            "@\u{200b}everyone \\<\\!channel\\> \\<@\u{200b}U1\\> \\[x\\](https://h.example) \\*b\\* \\~\u{200b}town /start \\#\u{200b}tag"
        );
        assert_eq!(
            rocket_chat(text),
            "@\u{200b}everyone <\u{200b}!\u{200b}channel> <\u{200b}@\u{200b}U1> [\u{200b}x]\u{200b}(https://h.example) \\*b\\* \\~town /start \\#tag"
        );
        assert_eq!(
            telegram(text),
            "@\u{200b}everyone &lt;!channel&gt; &lt;@\u{200b}U1&gt; [x](https://h.example) *b* ~town /\u{200b}start #\u{200b}tag"
        );
        assert_eq!(google_chat("<users/all> & \"x\""), "&lt;users/all&gt; &amp; &quot;x&quot;");
    }

    #[test]
    fn a_line_begins_no_block() {
        assert_eq!(discord("# a"), "\\# a");
        assert_eq!(discord("1. a 2. b"), "1\\. a 2. b");
        assert_eq!(mattermost("- a"), "\\- a");
        assert_eq!(rocket_chat("> a"), "\u{200b}> a");
    }

    #[test]
    fn only_plain_web_addresses_are_linked() {
        assert_eq!(target("https://h.example/a b|c>(d)").as_deref(), Some("https://h.example/a%20b%7Cc%3E%28d%29"));
        for url in ["javascript:alert(1)", "https://u:p@h.example/", "ftp://h.example/", "no url", "file:///etc/passwd"]
        {
            assert_eq!(target(url), None, "{url}");
        }
        assert_eq!(target(&format!("https://h.example/{}", "a".repeat(MAX_TARGET))), None);
    }
}
