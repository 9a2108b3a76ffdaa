use proptest::prelude::*;

use super::*;

/// Text of the hostile kind: controls, bidi, invisibles, marks, wide characters, markup.
fn hostile() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        "\u{1b}\u{7}\u{0}\u{7f}\u{9b}\u{85}\u{202e}\u{2066}\u{200f}\u{61c}\u{200b}\u{200d}\u{feff}\u{ad}\u{e0041}\u{fe0f}\
         \u{2028}\u{2029}\u{fffe}\u{fdd0}\u{301}\u{20e3}\u{3000}\u{1f3fd}\u{1f1e9}\u{1f1ea}漢é👍 \t\r\n<>&\"'|`[]()@#*_\\{};:!"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(prop_oneof![odd, any::<char>(), prop::char::range('a', 'z')], 0..60)
        .prop_map(|chars| chars.into_iter().collect())
}

fn is_safe(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() && !classes::is_bidi_control(c))
}

/// What an HTML parser reads: references resolved, everything else as it is.
fn parse(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').unwrap() + at;
        out.push_str(match &rest[at + 1..end] {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" | "#39" => "'",
            "#9" => "\t",
            "#10" => "\n",
            "#13" => "\r",
            other => panic!("&{other};"),
        });
        rest = &rest[end + 1..];
    }
    out + rest
}

#[test]
fn clean_text_is_borrowed() {
    for text in ["", "Folge 12: Über Ümläute", "漢字 かな", "a b", "עברית"] {
        assert!(matches!(terminal(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn escape_sequences_are_shown_and_do_nothing() {
    assert_eq!(terminal("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
    assert_eq!(terminal("\u{1b}]0;title\u{7}x"), "\\u{1b}]0;title\\u{7}x");
    assert_eq!(terminal("\u{9b}31mred"), "\\u{9b}31mred");
    assert_eq!(terminal("a\u{0}b\u{7f}"), "a\\u{0}b\\u{7f}");
    assert_eq!(terminal("invoice\u{202e}3pm.exe"), "invoice\\u{202e}3pm.exe");
}

#[test]
fn white_space_is_folded_and_trimmed() {
    assert_eq!(terminal("  a \r\n\t b\u{2028}c\u{2029}d\u{85}e\u{a0} "), "a b c d e");
    assert_eq!(terminal(" \n "), "");
}

#[test]
fn invisible_characters_and_piles_of_marks_are_removed() {
    assert_eq!(terminal("pay\u{200b}pal\u{feff}\u{ad}\u{2060}\u{e0061}"), "paypal");
    assert_eq!(terminal(&format!("e{}x", "\u{301}".repeat(50))), format!("e{}x", "\u{301}".repeat(MAX_MARKS)));
}

#[test]
fn cutting_keeps_what_belongs_together() {
    assert_eq!(fit("abcdef", 6), "abcdef");
    assert_eq!(fit("abcdef", 5), "abcd…");
    assert_eq!(fit("abc def", 5), "abc…");
    assert_eq!(fit("漢字漢字", 5), "漢字…");
    assert_eq!(fit("漢字漢字", 4), "漢…");
    assert_eq!(fit("ae\u{301}bcd", 3), "ae\u{301}…");
    assert_eq!(fit("👍\u{1f3fd}abc", 4), "…");
    assert_eq!(fit("\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}x", 4), "\u{1f1e9}\u{1f1ea}…");
    assert_eq!(fit_with("abcdef", 5, "..."), "ab...");
    assert_eq!(fit_with("abcdef", 2, "..."), "ab");
    assert_eq!(fit("abc", 0), "");
}

#[test]
fn html_and_xml_cannot_be_left() {
    assert_eq!(html("<script>alert('x')</script>"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    assert_eq!(xml("]]>\"'&\n"), "]]&gt;&quot;&apos;&amp;&#10;");
    assert_eq!(html("a\u{0}b\u{202e}c\u{1b}"), "a\u{fffd}bc\u{fffd}");
}

#[test]
fn markdown_stays_text() {
    assert_eq!(markdown("a|b `c` <script>"), "a\\|b \\`c\\` &lt;script&gt;");
    assert_eq!(markdown("@everyone see #12"), "\\@<!-- -->everyone see \\#<!-- -->12");
    assert_eq!(markdown("[x](https://h.example)"), "\\[x\\](https\\://h.example)");
    assert_eq!(markdown("# a\n- b"), "\\# a - b");
    assert_eq!(markdown("- b"), "\\- b");
    assert_eq!(markdown("1. b 2. c"), "1\\. b 2. c");
    assert_eq!(markdown("at 05:00, www.h.example"), "at 05:00, www\\.h.example");
    assert_eq!(markdown("<!channel> ![x](y) | a"), "&lt;!channel&gt; !\\[x\\](y) \\| a");
}

#[test]
fn workflow_commands_cannot_be_left_or_begun() {
    assert_eq!(workflow("100%\n::error::x\r"), "100%25 ::error::x");
    assert_eq!(workflow("%0A::add-mask::x"), "%250A::add-mask::x");
    assert_eq!(workflow("a ##[add-mask]b"), "a ## [add-mask]b");
    assert_eq!(workflow_property("a,b: c::d"), "a%2Cb%3A c%3A%3Ad");
}

proptest! {
    #[test]
    fn json_is_read_as_the_same_text(text in hostile()) {
        let plain = serde_json::to_string(&text).unwrap();
        let out = json(&plain);
        prop_assert!(is_safe(&out), "{out:?}");
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn nothing_harmful_comes_out(text in hostile(), columns in 0_usize..40) {
        for out in [terminal(&text).into_owned(), fit(&text, columns).into_owned(), html(&text), xml(&text), markdown(&text)] {
            prop_assert!(is_safe(&out), "{out:?}");
        }
        for out in [terminal(&text).into_owned(), fit(&text, columns).into_owned(), markdown(&text)] {
            prop_assert!(!out.contains(['\u{2028}', '\u{2029}', '\u{200b}', '\u{200d}', '\u{feff}']), "{out:?}");
        }
    }

    #[test]
    fn twice_is_once(text in hostile(), columns in 0_usize..40) {
        let once = terminal(&text).into_owned();
        prop_assert!(matches!(terminal(&once), Cow::Borrowed(_)), "{once:?}");
        let cut = fit(&text, columns).into_owned();
        prop_assert!(width(&cut) <= columns);
        prop_assert_eq!(fit(&cut, columns).into_owned(), cut);
    }

    #[test]
    fn html_is_read_as_the_same_text(text in hostile()) {
        let expected: String = text.chars().filter(|c| !classes::is_bidi_control(*c)).map(|c| match class(c) {
            _ if matches!(c, '\t' | '\n' | '\r') => c,
            Class::Harmful => '\u{fffd}',
            _ if c.is_control() => '\u{fffd}',
            _ => c,
        }).collect();
        prop_assert_eq!(parse(&html(&text)), expected.clone());
        prop_assert_eq!(parse(&xml(&text)), expected);
        prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
    }

    #[test]
    fn markdown_opens_nothing(text in hostile()) {
        let out = markdown(&text).replace("<!-- -->", "");
        let mut escaped = false;
        for c in out.chars() {
            prop_assert!(escaped || !"|`[]*_~#@".contains(c), "{out:?}");
            prop_assert!(c != '<' && c != '>');
            escaped = c == '\\' && !escaped;
        }
    }
}

#[test]
fn no_cell_is_a_formula() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r", "\u{ff1d}1", "\u{a0}=1"] {
        assert_eq!(cell(text), format!("'{text}"));
    }
    for text in ["", "plain", "a=b", "'=1", "2022-05-30"] {
        assert_eq!(cell(text), text);
    }
}
