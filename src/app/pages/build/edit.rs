//! Reading and changing a JSON value by paths such as `containerDefinitions[0].memory`. What an edit does not name
//! stays as it is, in its order.

use serde_json::{Map, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// A change.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Puts a value at a path, or takes the member away. Objects that are empty by that go too.
    Set(String, Option<Value>),
    /// Adds an item to the list at a path, which is made when it is not there.
    Push(String, Value),
    /// Takes an item out of the list at a path; the list goes with its last item.
    Remove(String, usize),
}

/// The value at a path.
pub fn get<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).into_iter().try_fold(root, |value, step| match step {
        Step::Name(name) => value.get(name),
        Step::Index(index) => value.get(index),
    })
}

/// Makes the change. A path through something that is neither object nor list changes nothing: what stands there is
/// the reader's, and the JSON shows it.
pub fn apply(root: &mut Value, edit: Edit) {
    match edit {
        Edit::Set(path, Some(value)) => {
            if let Some(place) = make(root, &steps(&path)) {
                *place = value;
            }
        }
        Edit::Set(path, None) => take(root, &steps(&path)),
        Edit::Push(path, item) => {
            let Some(place) = make(root, &steps(&path)) else { return };
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(items) = place {
                items.push(item);
            }
        }
        Edit::Remove(path, index) => {
            let steps = steps(&path);
            let Some(Value::Array(items)) = find(root, &steps) else { return };
            if index < items.len() {
                items.remove(index);
            }
            if items.is_empty() {
                take(root, &steps);
            }
        }
    }
}

fn find<'a>(root: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(root, |value, step| match step {
        Step::Name(name) => value.get_mut(*name),
        Step::Index(index) => value.get_mut(*index),
    })
}

fn make<'a>(root: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(root, |value, step| match step {
        Step::Name(name) => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(*name).or_insert(Value::Null))
        }
        Step::Index(index) => value.get_mut(*index),
    })
}

fn take(root: &mut Value, steps: &[Step]) {
    let Some((Step::Name(name), parents)) = steps.split_last() else { return };
    let Some(Value::Object(members)) = find(root, parents) else { return };
    members.shift_remove(*name);
    if members.is_empty() && matches!(parents.last(), Some(Step::Name(_))) {
        take(root, parents);
    }
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().filter(|name| !name.is_empty()).map(Step::Name));
        steps.extend(pieces.filter_map(|piece| piece.trim_end_matches(']').parse().ok()).map(Step::Index));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(mut value: Value, edit: Edit) -> Value {
        apply(&mut value, edit);
        value
    }

    #[test]
    fn an_edit_changes_what_it_names_and_nothing_else() {
        let start = json!({"z": 1, "containerDefinitions": [{"name": "a", "x": [1]}, {"name": "b"}], "a": 2});
        let set = |path: &str, value| after(start.clone(), Edit::Set(path.into(), value));
        assert_eq!(
            set("containerDefinitions[1].name", Some(json!("c"))).to_string(),
            r#"{"z":1,"containerDefinitions":[{"name":"a","x":[1]},{"name":"c"}],"a":2}"#
        );
        assert_eq!(
            set("containerDefinitions[0].x", None).to_string(),
            r#"{"z":1,"containerDefinitions":[{"name":"a"},{"name":"b"}],"a":2}"#
        );
        assert_eq!(set("p.q.r", Some(json!(1)))["p"], json!({"q": {"r": 1}}));
        // Through a number, and past the end of a list: nothing.
        assert_eq!(set("z.q", Some(json!(1))), start);
        assert_eq!(set("containerDefinitions[7].name", Some(json!(1))), start);
        assert_eq!(set("nothing.here", None), start);
    }

    #[test]
    fn emptied_objects_go_but_items_of_lists_stay() {
        let value = json!({"runtimePlatform": {"cpuArchitecture": "ARM64"}, "containerDefinitions": [{"cpu": 1}]});
        let value = after(value, Edit::Set("runtimePlatform.cpuArchitecture".into(), None));
        assert_eq!(value, json!({"containerDefinitions": [{"cpu": 1}]}));
        let value = after(value, Edit::Set("containerDefinitions[0].cpu".into(), None));
        assert_eq!(value, json!({"containerDefinitions": [{}]}));
    }

    #[test]
    fn lists_grow_and_shrink() {
        let path = || "containerDefinitions[0].portMappings".to_owned();
        let value = after(json!({"containerDefinitions": [{}]}), Edit::Push(path(), json!({"containerPort": 80})));
        let value = after(value, Edit::Push(path(), json!({})));
        assert_eq!(get(&value, "containerDefinitions[0].portMappings[0].containerPort"), Some(&json!(80)));
        let value = after(value, Edit::Remove(path(), 0));
        assert_eq!(get(&value, &path()), Some(&json!([{}])));
        let value = after(after(value, Edit::Remove(path(), 9)), Edit::Remove(path(), 0));
        assert_eq!(value, json!({"containerDefinitions": [{}]}));
    }

    #[test]
    fn any_path_is_answered() {
        let value = json!([[1], {"a": null}]);
        for (path, found) in [
            ("", Some(&value)),
            ("[0][0]", Some(&json!(1))),
            ("[1].a", Some(&Value::Null)),
            ("[9]", None),
            ("..", Some(&value)),
            ("a[", None),
        ] {
            assert_eq!(get(&value, path), found, "{path}");
        }
    }
}
