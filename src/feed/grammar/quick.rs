//! The short way from tag to tag. Most of a feed is sound, and most of its elements mean nothing
//! here: as long as whole tags lie in memory and nothing about them is odd, they are read where
//! they lie, without an event, a copy or an allocation. The first thing that is in doubt goes
//! the long way, through quick-xml; what either makes of a document is the same.

use std::io::BufRead;
use std::ops::ControlFlow;

use super::{Grammar, Mode, NAME, Tag, leaf};
use crate::feed::attrs::is_name_byte;
use crate::feed::source::Source;

/// What was done with a start tag.
enum Step {
    Taken,
    Doubt,
}

impl Grammar<'_> {
    /// Right behind a tag: reads on while everything is beyond doubt. Breaks where nothing more
    /// is wanted.
    pub(in crate::feed) fn quick(&mut self, source: &mut Source<'_>) -> ControlFlow<()> {
        // Text that is kept, and text outside the root element, are more than white space.
        while self.keeping.is_none() && !self.stack.is_empty() {
            let rest = source.peek();
            let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')).count();
            source.consume(blank);
            source.mark();
            if !matches!(self.mode, Mode::Feed(_)) {
                break;
            }
            match source.peek() {
                [b'<', b'/', rest @ ..] => {
                    let name = self.top_name().as_bytes();
                    // A name that long may have been cut.
                    if rest.get(name.len()) != Some(&b'>') || !rest.starts_with(name) || name.len() >= NAME - 3 {
                        break;
                    }
                    source.consume(name.len() + 3);
                    self.pop(source);
                }
                [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] => match self.quick_start(source)? {
                    Step::Taken => {}
                    Step::Doubt => break,
                },
                _ => break,
            }
        }
        ControlFlow::Continue(())
    }

    /// A start tag, and the end of its element where that means nothing and has no elements in it.
    fn quick_start(&mut self, source: &mut Source<'_>) -> ControlFlow<(), Step> {
        let doubt = ControlFlow::Continue(Step::Doubt);
        let Some(tag) = source.peek().get(1..) else { return doubt };
        let size = tag.iter().take_while(|&&byte| is_name_byte(byte) || byte == b':').count();
        let Some(name) = tag.get(..size) else { return doubt };
        if self.stack.len() >= self.limits.depth {
            return doubt;
        }
        let Some((end, empty)) = self.attrs.read_sound(tag, size) else { return doubt };
        let Some((ns, known)) = self.known.find(&self.scope, name) else { return doubt };
        let close = end + if empty { 2 } else { 1 };
        if !known {
            if empty {
                source.consume(1 + close);
            } else if let Some(leaf) = tag.get(close..).and_then(|rest| leaf::find(rest, name)) {
                source.consume(1 + close + leaf.end);
            } else {
                let Ok(name) = std::str::from_utf8(name) else { return doubt };
                self.open(name, Tag::Other);
                source.consume(1 + close);
            }
            return ControlFlow::Continue(Step::Taken);
        }
        let Some(Ok(text)) = tag.get(..end).map(std::str::from_utf8) else { return doubt };
        self.copy.clear();
        self.copy.push_str(text);
        source.consume(1 + close);
        let tag = std::mem::take(&mut self.copy);
        let name = tag.get(..size).unwrap_or_default();
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        let meaning = self.enter(source, &tag, name, ns, local)?;
        self.open(name, meaning);
        self.copy = tag;
        if empty {
            self.pop(source);
        } else {
            self.leaf(source);
        }
        ControlFlow::Continue(Step::Taken)
    }
}
