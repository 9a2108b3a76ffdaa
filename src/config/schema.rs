//! The JSON Schema of `podprobe.toml`, for editors (draft 7, which they all read).

use serde_json::{Map, Value, json};

use super::registry::{Key, Shape, TABLES, TOP, Table, WEEKDAYS};

/// The schema. An editor completes and checks by it; podprobe itself reads by the registry, which
/// knows more (bounds of time spans, zones, what belongs together).
pub fn schema() -> Value {
    let mut properties = properties(&TOP);
    for table in TABLES {
        let one = object(table);
        let property =
            if table.many { json!({ "type": "array", "description": table.help, "items": one }) } else { one };
        properties.insert(table.name.to_owned(), property);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "podprobe.toml",
        "description": "The configuration of podprobe.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "definitions": {
            "secret": {
                "description": "A text that is never shown, or where it is kept.",
                "anyOf": [
                    { "type": "string", "minLength": 1 },
                    reference("env", "The variable of the environment."),
                    reference("file", "The file; a line's end at its end is dropped."),
                ],
            },
        },
    })
}

fn reference(name: &str, help: &str) -> Value {
    json!({
        "type": "object",
        "required": [name],
        "additionalProperties": false,
        "properties": { name: { "type": "string", "minLength": 1, "description": help } },
    })
}

fn properties(table: &Table) -> Map<String, Value> {
    table.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect()
}

fn object(table: &Table) -> Value {
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut object = json!({
        "type": "object",
        "description": table.help,
        "additionalProperties": table.open,
        "properties": properties(table),
    });
    if let (Some(fields), false) = (object.as_object_mut(), required.is_empty()) {
        fields.insert("required".into(), json!(required));
    }
    object
}

fn property(key: &Key) -> Value {
    let mut property = shape(&key.shape);
    if let Some(fields) = property.as_object_mut() {
        fields.insert("description".into(), key.help.into());
        // A default in TOML's words is one in JSON's words too, as far as there are any.
        if let Some(default) = key.default.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            fields.insert("default".into(), default);
        }
    }
    property
}

const SPAN: &str = r"^\s*([0-9]+\s*(w|d|h|m|s|ms)\s*)+$";
const CLOCK: &str = r"\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*";

fn shape(shape: &Shape) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match shape {
        Shape::Secret => json!({ "allOf": [{ "$ref": "#/definitions/secret" }] }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Span(..) => text(SPAN),
        Shape::SpanOrNever(..) => json!({ "anyOf": [text(SPAN), { "const": "never" }] }),
        // A TOML time reaches the schema as one or as text, depending on the editor.
        Shape::Time => json!({}),
        Shape::Web | Shape::Page => text("^\\s*[Hh][Tt][Tt][Pp][Ss]?:"),
        Shape::Choice(names) => json!({ "enum": names }),
        Shape::Weekday => {
            let short = WEEKDAYS.iter().filter_map(|day| day.get(..3));
            json!({ "enum": WEEKDAYS.iter().copied().chain(short).collect::<Vec<_>>() })
        }
        Shape::Code => {
            json!({ "enum": crate::judge::Code::ALL.iter().map(|info| info.name).collect::<Vec<_>>() })
        }
        Shape::Hours => text(&format!("^{CLOCK}[-–]{CLOCK}$")),
        Shape::Clock => text(&format!("^{CLOCK}$")),
        Shape::Share => text(r"^\s*[0-9]{1,2}\s*/\s*[0-9]{1,2}\s*$"),
        Shape::HostPort | Shape::Address => text(":[0-9]{1,5}$"),
        Shape::Text | Shape::Name | Shape::Source | Shape::Path | Shape::Net | Shape::Zone | Shape::Agent => {
            json!({ "type": "string", "minLength": 1 })
        }
        Shape::List(item) => json!({ "type": "array", "items": self::shape(item) }),
        Shape::Named(item) => json!({ "type": "object", "additionalProperties": self::shape(item) }),
        Shape::Inline(table) => object(table),
        Shape::Short(table) => match table.keys.first() {
            Some(first) => json!({ "anyOf": [self::shape(&first.shape), object(table)] }),
            None => object(table),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::registry::SEVERITIES;

    #[test]
    fn every_key_is_in_the_schema_with_its_default() {
        let schema = schema();
        for table in std::iter::once(&TOP).chain(TABLES) {
            let object = match (table.name, table.many) {
                ("", _) => &schema,
                (name, true) => &schema["properties"][name]["items"],
                (name, false) => &schema["properties"][name],
            };
            assert_eq!(object["additionalProperties"], table.open, "{}", table.name);
            for key in table.keys {
                let property = &object["properties"][key.name];
                assert_eq!(property["description"], key.help, "{}.{}", table.name, key.name);
                assert_eq!(property.get("default").is_some(), key.default.is_some(), "{}.{}", table.name, key.name);
                let required = object["required"].as_array().is_some_and(|names| names.contains(&json!(key.name)));
                assert_eq!(required, key.required, "{}.{}", table.name, key.name);
            }
        }
        assert_eq!(schema["properties"]["channel"]["items"]["properties"]["severity"]["enum"], json!(SEVERITIES));
    }
}
