//! Whether a value fits a JSON Schema. It knows the keywords that the generator uses, and fails on one
//! that it does not know.

use serde_json::{Map, Value};

/// What is wrong with `value` under `schema`, and where.
pub(crate) fn check(schema: &Value, root: &Value, value: &Value, at: &str) -> Vec<String> {
    let rules = match schema {
        Value::Bool(true) => return vec![],
        Value::Object(rules) => rules,
        other => return vec![format!("{at}: {other} is no schema")],
    };
    let mut faults = Vec::new();
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).expect("a target");
                faults.extend(check(target, root, value, at));
            }
            "type" => {
                let named = |name: &Value| is_type(name.as_str().unwrap(), value);
                let fits = rule.as_array().map_or_else(|| named(rule), |names| names.iter().any(named));
                faults.extend((!fits).then(|| format!("{at}: {value} is not {rule}")));
            }
            "enum" => {
                let listed = rule.as_array().unwrap().contains(value);
                faults.extend((!listed).then(|| format!("{at}: {value} is not listed")));
            }
            "const" => faults.extend((rule != value).then(|| format!("{at}: {value} is not {rule}"))),
            "anyOf" | "oneOf" => {
                let fits = rule.as_array().unwrap().iter().filter(|one| check(one, root, value, at).is_empty()).count();
                let good = fits == 1 || (keyword == "anyOf" && fits > 1);
                faults.extend((!good).then(|| format!("{at}: {fits} of the alternatives fit")));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                faults.extend(items.flat_map(|(i, item)| check(rule, root, item, &format!("{at}/{i}"))));
            }
            "required" => {
                let there = |name: &&Value| value.get(name.as_str().unwrap()).is_none();
                let missing = value.is_object().then(|| rule.as_array().unwrap().iter().filter(there));
                faults.extend(missing.into_iter().flatten().map(|name| format!("{at}: {name} is missing")));
            }
            "properties" => faults.extend(properties(rule.as_object().unwrap(), root, value, at)),
            "minimum" => {
                let less = value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap());
                faults.extend(less.then(|| format!("{at}: {value} is below {rule}")));
            }
            "maximum" => {
                let more = value.as_f64().is_some_and(|number| number > rule.as_f64().unwrap());
                faults.extend(more.then(|| format!("{at}: {value} is above {rule}")));
            }
            "$schema" | "$defs" | "title" | "description" | "format" => {}
            unknown => faults.push(format!("{at}: the checker does not know {unknown}")),
        }
    }
    faults
}

/// Properties that are there, and whether the schema names all of them.
fn properties(rules: &Map<String, Value>, root: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(object) = value.as_object() else { return vec![] };
    let known = object.iter().filter_map(|(name, value)| Some((name, value, rules.get(name)?)));
    known.flat_map(|(name, value, rule)| check(rule, root, value, &format!("{at}/{name}"))).collect()
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

#[track_caller]
pub(crate) fn holds(schema: &Value, value: &Value) {
    let faults = check(schema, schema, value, "");
    assert!(faults.is_empty(), "{faults:#?}");
}
