//! Headers of an answer, in one piece.

/// Headers of an answer, in its order: names in lower case, values as Latin-1 read to UTF-8. All values
/// stand in one text, for there are many answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// The names, and where in `values` each one's value ends.
    ends: Vec<(&'static str, usize)>,
    values: String,
}

impl Headers {
    /// Room for so many headers with so many bytes of values.
    pub fn with_capacity(headers: usize, bytes: usize) -> Self {
        Self { ends: Vec::with_capacity(headers), values: String::with_capacity(bytes) }
    }

    /// Adds a header; `value` may come in parts.
    pub fn push<'a>(&mut self, name: &'static str, value: impl IntoIterator<Item = &'a str>) {
        self.values.extend(value);
        self.ends.push((name, self.values.len()));
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(name, end)| {
            let value = self.values.get(start..*end).unwrap_or_default();
            start = *end;
            (*name, value)
        })
    }
}

impl<V: AsRef<str>> FromIterator<(&'static str, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'static str, V)>>(headers: I) -> Self {
        let mut all = Self::default();
        for (name, value) in headers {
            all.push(name, [value.as_ref()]);
        }
        all
    }
}
