//! Feeds of podprobe's own making, as large as asked for and the same every time: what a
//! podcast's feed looks like today, in four mixtures.

use std::io::{self, Write};

/// What weighs most in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Of everything as much as a show of today has.
    Show,
    /// Podcasting 2.0 in full: value splits, people, transcripts, alternates; little text.
    Attributes,
    /// Long descriptions in CDATA, twice.
    Prose,
    /// Long descriptions as escaped HTML.
    Escaped,
}

impl Shape {
    /// All of them, the one that the goals speak of first.
    pub const ALL: [Self; 4] = [Self::Show, Self::Attributes, Self::Prose, Self::Escaped];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Attributes => "attributes",
            Self::Prose => "prose",
            Self::Escaped => "escaped",
        }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the document.
    pub bytes: u64,
    /// Its items.
    pub items: usize,
}

/// Writes a feed of this shape until it has at least `bytes` bytes.
pub fn write(to: &mut impl Write, shape: Shape, bytes: u64) -> io::Result<Written> {
    let mut made = Written::default();
    let mut text = HEAD.to_owned();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    while made.bytes + (text.len() + TAIL.len()) as u64 <= bytes {
        to.write_all(text.as_bytes())?;
        made.bytes += text.len() as u64;
        text.clear();
        item(&mut text, shape, made.items, &mut dice);
        made.items += 1;
    }
    text.push_str(TAIL);
    to.write_all(text.as_bytes())?;
    made.bytes += text.len() as u64;
    Ok(made)
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"
     xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:podcast="https://podcastindex.org/namespace/1.0"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:atom="http://www.w3.org/2005/Atom"
     xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel>
    <title>The Hundred Megabyte Hour</title>
    <atom:link href="https://feeds.example/hour.xml" rel="self" type="application/rss+xml"/>
    <link>https://hour.example/</link>
    <language>en</language>
    <description><![CDATA[<p>A show that never ends.</p>]]></description>
    <itunes:author>Hour &amp; Sons</itunes:author>
    <itunes:category text="Technology"><itunes:category text="Tech News"/></itunes:category>
    <itunes:image href="https://img.example/hour.jpg"/>
    <podcast:guid>4f1b6c1e-6d5c-5d0e-9d2f-b1a2f0a7a001</podcast:guid>
    <podcast:locked owner="host@hour.example">yes</podcast:locked>
"#;
const TAIL: &str = "  </channel>\n</rss>\n";

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WORDS: [&str; 32] = [
    "the",
    "signal",
    "from",
    "harbour",
    "to",
    "city",
    "café",
    "and",
    "listeners",
    "of",
    "a",
    "radio",
    "evening",
    "with",
    "guests",
    "who",
    "know",
    "why",
    "bridges",
    "sing",
    "in",
    "winter",
    "über",
    "nothing",
    "less",
    "than",
    "everything",
    "about",
    "sound",
    "maps",
    "naïve",
    "machines",
];

/// A small generator of numbers; the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap_or(0)
    }

    fn words(&mut self, to: &mut String, count: usize) {
        for i in 0..count {
            if i > 0 {
                to.push(' ');
            }
            to.push_str(WORDS[self.below(WORDS.len())]);
        }
    }

    /// Some paragraphs of HTML with links; `escaped` as text, else as it goes into CDATA.
    fn prose(&mut self, to: &mut String, paragraphs: usize, escaped: bool) {
        let (open, close, quote, apostrophe) =
            if escaped { ("&lt;", "&gt;", "&quot;", "&#8217;") } else { ("<", ">", "\"", "'") };
        for _ in 0..paragraphs {
            *to += &format!("{open}p{close}");
            let count = 30 + self.below(40);
            self.words(to, count);
            *to +=
                &format!(" it{apostrophe}s {open}a href={quote}https://notes.example/{}{quote}{close}", self.0 % 9999);
            self.words(to, 3);
            *to += &format!("{open}/a{close}.{open}/p{close}\n");
        }
    }
}

fn item(to: &mut String, shape: Shape, i: usize, dice: &mut Dice) {
    let file = format!("prefix.example/e/cdn.example/hour/{i}/{:08x}.mp3", dice.below(1 << 31));
    let length = 20_000_000 + dice.below(60_000_000);
    *to += "    <item>\n      <title>";
    *to += &format!("{i}: ");
    let count = 4 + dice.below(8);
    dice.words(to, count);
    *to += if i.is_multiple_of(5) { " &amp; more</title>\n" } else { "</title>\n" };
    *to += &format!("      <itunes:title>Hour {i}</itunes:title>\n");
    *to += &format!("      <link>https://hour.example/episodes/{i}</link>\n");
    *to += &format!("      <guid isPermaLink=\"false\">hour-{i}-{:x}</guid>\n", dice.below(1 << 31));
    *to += &format!(
        "      <pubDate>{}, {:02} {} {} {:02}:{:02}:00 +0000</pubDate>\n",
        DAYS[i % 7],
        1 + i % 28,
        MONTHS[i / 28 % 12],
        2025 - (i / 336) % 20,
        i % 24,
        i % 60
    );
    *to += &format!(
        "      <enclosure url=\"https://{file}?src=feed&amp;n={i}\" length=\"{length}\" type=\"audio/mpeg\"/>\n"
    );
    *to += &format!(
        "      <itunes:duration>{}</itunes:duration>\n      <itunes:explicit>false</itunes:explicit>\n      <itunes:episode>{i}</itunes:episode>\n      <itunes:season>{}</itunes:season>\n      <itunes:episodeType>full</itunes:episodeType>\n",
        600 + dice.below(6000),
        1 + i / 50
    );
    *to += &format!("      <itunes:image href=\"https://img.example/hour/{i}.jpg?w=1400&amp;h=1400\"/>\n");
    if shape == Shape::Attributes || i.is_multiple_of(3) {
        podcasting(to, i, dice, &file, length, shape == Shape::Attributes);
    }
    let (described, encoded) = match shape {
        Shape::Show => (2, 4),
        Shape::Attributes => (0, 0),
        Shape::Prose => (12, 12),
        Shape::Escaped => (12, 0),
    };
    if described > 0 {
        let escaped = shape == Shape::Escaped || (shape == Shape::Show && i.is_multiple_of(4));
        *to += if escaped { "      <description>" } else { "      <description><![CDATA[" };
        dice.prose(to, described, escaped);
        *to += if escaped { "</description>\n" } else { "]]></description>\n" };
    }
    if encoded > 0 {
        *to += "      <content:encoded><![CDATA[";
        dice.prose(to, encoded, false);
        *to += "]]></content:encoded>\n      <itunes:summary>";
        dice.words(to, 40);
        *to += "</itunes:summary>\n";
    }
    *to += "    </item>\n";
}

/// What Podcasting 2.0 and Media RSS add.
fn podcasting(to: &mut String, i: usize, dice: &mut Dice, file: &str, length: usize, whole: bool) {
    *to += &format!(
        "      <media:content url=\"https://{file}\" fileSize=\"{length}\" type=\"audio/mpeg\" medium=\"audio\" duration=\"{}\" lang=\"en\"/>\n",
        dice.below(9000)
    );
    *to += &format!(
        "      <podcast:chapters url=\"https://hour.example/{i}/chapters.json\" type=\"application/json+chapters\"/>\n"
    );
    for (kind, media_type) in [("vtt", "text/vtt"), ("srt", "application/x-subrip"), ("json", "application/json")] {
        *to += &format!(
            "      <podcast:transcript url=\"https://hour.example/{i}/transcript.{kind}\" type=\"{media_type}\" language=\"en\" rel=\"captions\"/>\n"
        );
    }
    for n in 0..if whole { 4 } else { 1 } {
        *to += &format!(
            "      <podcast:person role=\"guest\" group=\"cast\" href=\"https://people.example/{}\" img=\"https://img.example/people/{n}.png\">",
            dice.below(500)
        );
        dice.words(to, 2);
        *to += "</podcast:person>\n";
    }
    for (codec, rate) in [("opus", 32_000), ("mp4a.40.2", 96_000)] {
        *to += &format!(
            "      <podcast:alternateEnclosure type=\"audio/{}\" length=\"{}\" bitrate=\"{rate}\" title=\"Low\" codecs=\"{codec}\">\n        <podcast:source uri=\"https://alt.example/{i}.{codec}\"/>\n        <podcast:source uri=\"ipfs://someHash{}\"/>\n      </podcast:alternateEnclosure>\n",
            if rate < 50_000 { "ogg" } else { "mp4" },
            dice.below(10_000_000),
            dice.below(1 << 31)
        );
    }
    if whole {
        for n in 0..4 {
            *to += &format!("      <podcast:soundbite startTime=\"{}.0\" duration=\"{}.5\">", dice.below(3000), 10 + n);
            dice.words(to, 4);
            *to += "</podcast:soundbite>\n";
        }
        *to += "      <podcast:value type=\"lightning\" method=\"keysend\" suggested=\"0.00000005000\">\n";
        for n in 0..8 {
            let seed = dice.0;
            *to += &format!(
                "        <podcast:valueRecipient name=\"Recipient {n}\" type=\"node\" address=\"{:016x}{:016x}{:016x}\" customKey=\"{}\" customValue=\"v{:x}\" split=\"{n}\" fee=\"false\"/>\n",
                seed,
                seed.rotate_left(7),
                seed.rotate_left(23),
                dice.below(1_000_000),
                dice.below(1 << 31)
            );
        }
        *to += "      </podcast:value>\n";
    }
}
