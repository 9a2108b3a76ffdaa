//! `podprobe lab`: the zoo in the foreground, and the flags that lead there.

use std::fmt::Write as _;

use super::{Exit, Fault, clock, interrupt, output};
use crate::cli::LabCommand;
use crate::lab::{EXHIBITS, Lab, Options};
use crate::markup;

pub(super) async fn run(arguments: &LabCommand) -> Result<Exit, Fault> {
    if arguments.list {
        output::print(&list())?;
        return Ok(Exit::Ok);
    }
    // Before anything is made that an end without notice would leave behind.
    let mut stop = std::pin::pin!(interrupt::asked_to_stop());
    let lab = tokio::select! {
        biased;
        () = &mut stop => return Ok(Exit::Ok),
        lab = Lab::open(Options { now: clock::now() }) => lab?,
    };
    let flags = shell(&lab.flags());
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "The lab is open until Ctrl-C. These flags lead any command there:\n\n  {flags}\n\nFor example:\n"
    );
    for name in ["good", "expired", "no-intermediate", "prefix-down"] {
        if let Some(exhibit) = crate::lab::find(name) {
            let _ = writeln!(text, "  podprobe check {flags} {}", exhibit.urls().join(" "));
        }
    }
    let _ = writeln!(text, "\n`podprobe lab --list` names every exhibit, its URLs and what it must cause.");
    output::print(&text)?;
    stop.await;
    lab.close().await;
    Ok(Exit::Ok)
}

/// Every exhibit, what it does and what it must cause.
fn list() -> String {
    let mut text = String::new();
    for exhibit in EXHIBITS {
        let causes = if exhibit.causes.is_empty() { "nothing".to_owned() } else { exhibit.causes.join(", ") };
        let _ = writeln!(text, "{}\n    {}\n    must cause: {causes}", exhibit.name, exhibit.what);
        let _ = writeln!(text, "    at: {}", exhibit.urls().join(" "));
        if !exhibit.flags.is_empty() {
            let _ = writeln!(text, "    with: {}", exhibit.flags.join(" "));
        }
    }
    text
}

/// Words for a POSIX shell, quoted where they need it.
pub(super) fn shell(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", markup::terminal(word).replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_can_be_pasted_into_a_shell() {
        let words = ["--connect-to", ":443::8443", "a b", "it's", "*"].map(String::from);
        assert_eq!(shell(&words), r"--connect-to :443::8443 'a b' 'it'\''s' '*'");
    }
}
