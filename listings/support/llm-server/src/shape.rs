//! JSON of the shape that a request asks for.

use serde_json::{Map, Value, json};
use std::cell::Cell;

/// How deep JSON is made, where a schema describes itself.
const DEPTH: usize = 12;

/// How many values are made, where a schema describes itself many times; those
/// above are null.
const VALUES: u32 = 10_000;

/// The least that this schema describes; texts say `text`.
///
/// It knows the part of JSON Schema that OpenAI's guide "Structured outputs"
/// allows: types, `properties`, `items`, `enum`, `const`, `anyOf`, `$ref` into
/// `$defs`, and the bounds of numbers and arrays.
pub(crate) fn instance(schema: &Value, text: &str) -> Value {
    let left = Cell::new(VALUES);
    Shape {
        root: schema,
        text,
        left,
    }
    .of(schema, DEPTH)
}

struct Shape<'a> {
    root: &'a Value,
    text: &'a str,
    left: Cell<u32>,
}

impl Shape<'_> {
    fn of(&self, schema: &Value, depth: usize) -> Value {
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let left = self.left.get().checked_sub(1);
        let (Some(left), Some(depth)) = (left, depth.checked_sub(1)) else {
            return Value::Null;
        };
        self.left.set(left);
        if let Some(target) = self.target(schema) {
            return self.of(target, depth);
        }
        if let Some(choice) = schema["anyOf"].as_array() {
            // The one that ends: null, where it may be that, and it is deep.
            let null = choice.iter().find(|one| one["type"] == "null");
            let first = choice.first();
            let one = if depth < DEPTH / 2 {
                null.or(first)
            } else {
                first
            };
            return one.map_or(Value::Null, |one| self.of(one, depth));
        }
        self.typed(schema, depth)
    }

    fn typed(&self, schema: &Value, depth: usize) -> Value {
        let kind = &schema["type"];
        let kind = kind.as_str().or_else(|| kind[0].as_str());
        match kind {
            Some("string") => json!(self.text),
            Some("integer" | "number") => {
                let least = schema.get("minimum");
                let most = schema.get("maximum").filter(|most| {
                    most.as_f64().is_some_and(|most| most < 0.0)
                });
                least.or(most).cloned().unwrap_or(json!(0))
            }
            Some("boolean") => json!(false),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0).min(100);
                let items = schema.get("items").unwrap_or(&Value::Null);
                (0..least).map(|_| self.of(items, depth)).collect()
            }
            Some("object") => self.object(schema, depth),
            _ => Value::Null,
        }
    }

    /// An object with all that its schema names.
    fn object(&self, schema: &Value, depth: usize) -> Value {
        let properties = schema["properties"].as_object();
        let properties = properties.into_iter().flatten();
        let fields: Map<String, Value> = properties
            .map(|(name, inner)| (name.clone(), self.of(inner, depth)))
            .collect();
        fields.into()
    }

    /// The schema that this one refers to.
    fn target(&self, schema: &Value) -> Option<&Value> {
        let path = schema["$ref"].as_str()?.strip_prefix('#')?;
        self.root.pointer(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_a_schema_describes_has_all_its_fields() {
        let schema = json!({
            "type": "object",
            "properties": {
                "title": { "type": "string" },
                "kind": { "enum": ["novel", "play"] },
                "year": { "type": ["integer", "null"], "minimum": 1800 },
                "parts": {
                    "type": "array", "minItems": 2,
                    "items": { "$ref": "#/$defs/part" },
                },
                "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] },
            },
            "$defs": { "part": { "type": "boolean" } },
        });
        let made = instance(&schema, "The Moonstone");
        assert_eq!(made["title"], "The Moonstone");
        assert_eq!(made["kind"], "novel");
        assert_eq!(made["year"], 1800);
        assert_eq!(made["parts"], json!([false, false]));
        assert_eq!(made["next"]["title"], "The Moonstone", "and it ends");
    }

    #[test]
    fn a_schema_of_itself_alone_comes_to_an_end() {
        assert_eq!(instance(&json!({ "$ref": "#" }), "a"), Value::Null);
        let wide = json!({
            "type": "array", "minItems": 1, "items": { "$ref": "#" },
        });
        assert!(instance(&wide, "a").is_array());
        let many = json!({
            "type": "array", "minItems": 100, "items": { "$ref": "#" },
        });
        assert!(instance(&many, "a").to_string().len() < 1 << 20);
    }
}
