//! Options for a schema, for a sample of the configuration, for people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::wording::put;
use super::{Field, Kind, Shape};

impl Field {
    /// JSON Schema (draft 2020-12) of its value.
    pub fn schema(&self) -> Value {
        let mut schema = match self.shape {
            Shape::Text => json!({"type": "string", "minLength": 1}),
            Shape::TextOrNumber => json!({"type": ["string", "integer"], "minLength": 1}),
            Shape::Url => json!({"type": "string", "format": "uri", "pattern": "^https?://"}),
            Shape::HttpsUrl => json!({"type": "string", "format": "uri"}),
            Shape::Number(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Choice(names) => json!({"type": "string", "enum": names}),
            Shape::List => {
                json!({"anyOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]})
            }
            Shape::Table => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        };
        put(&mut schema, "description", self.help);
        schema
    }

    /// Its example as TOML writes it.
    pub fn example_toml(&self) -> String {
        let written = match self.shape {
            Shape::Number(..) | Shape::Flag | Shape::Table => true,
            Shape::List => self.example.starts_with('['),
            Shape::Text | Shape::TextOrNumber | Shape::Url | Shape::HttpsUrl | Shape::Choice(_) => false,
        };
        if written { self.example.to_owned() } else { toml::Value::from(self.example).to_string() }
    }

    /// Its example as a value.
    pub fn example_value(&self) -> Value {
        let read = format!("example = {}", self.example_toml()).parse::<toml::Table>().ok();
        let value = read.and_then(|mut table| table.remove("example")).map(serde_json::to_value);
        value.and_then(Result::ok).unwrap_or_else(|| self.example.into())
    }
}

impl Kind {
    /// JSON Schema of its options, as an object's `properties` and `required`.
    pub fn schema(&self) -> (serde_json::Map<String, Value>, Vec<&'static str>) {
        let properties = self.fields.iter().map(|field| (field.name.to_owned(), field.schema())).collect();
        (properties, self.fields.iter().filter(|field| field.required).map(|field| field.name).collect())
    }

    /// A channel of this kind for a sample of the configuration, every line a comment: options that
    /// may be left out are commented once more.
    pub fn sample(&self) -> String {
        let mut out =
            format!("# {}\n# [[channels]]\n# name = \"{}\"\n# kind = \"{}\"\n", self.summary, self.name, self.name);
        for field in self.fields {
            let lead = if field.required { "# " } else { "# # " };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{lead}{} = {} # {}", field.name, field.example_toml(), field.help);
        }
        out
    }
}
