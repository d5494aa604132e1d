//! Kept work that this version cannot read: it is moved out of the way, named, and offered as a file.

use super::{ASIDE, Full, Shelf};

/// One thing that was set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Aside {
    /// Its key in the store.
    pub key: String,
    /// A file name for its download.
    pub file: String,
}

/// Moves what lies under `key` aside; nothing when there is nothing. A full store cannot hold both copies, so the
/// old key goes first and comes back when the move fails.
pub fn set_aside(shelf: &mut dyn Shelf, key: &str, now_ms: u64) -> Result<Option<Aside>, Full> {
    let Some(text) = shelf.get(key) else { return Ok(None) };
    let to = place(key, now_ms);
    shelf.drop(key);
    if shelf.put(&to, &text).is_err() {
        shelf.put(key, &text)?;
        return Err(Full);
    }
    Ok(Some(described(to)))
}

/// Puts a copy of what lies under `key` aside; none when there is nothing, or no room for two.
pub fn copy_aside(shelf: &mut dyn Shelf, key: &str, now_ms: u64) -> Option<Aside> {
    let text = shelf.get(key)?;
    let to = place(key, now_ms);
    shelf.put(&to, &text).ok()?;
    Some(described(to))
}

/// Everything that was set aside, oldest first.
pub fn asides(shelf: &dyn Shelf) -> Vec<Aside> {
    let mut keys: Vec<String> = shelf.keys().into_iter().filter(|key| key.starts_with(ASIDE)).collect();
    ecs_lab::sim::order::sort_by(&mut keys, String::cmp);
    keys.into_iter().map(described).collect()
}

fn place(key: &str, now_ms: u64) -> String {
    let name = key.trim_start_matches("ecs-lab/").replace('/', "-");
    format!("{ASIDE}{now_ms}-{name}")
}

fn described(key: String) -> Aside {
    let file = format!("ecs-lab-{}.json", key.trim_start_matches(ASIDE));
    Aside { key, file }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    #[test]
    fn what_cannot_be_read_is_moved_and_listed() {
        let mut shelf = Memory::default();
        assert_eq!(set_aside(&mut shelf, "ecs-lab/progress", 7), Ok(None));
        shelf.put("ecs-lab/progress", "{from the future").unwrap();
        let aside = set_aside(&mut shelf, "ecs-lab/progress", 7).unwrap().unwrap();
        assert_eq!((aside.key.as_str(), aside.file.as_str()), ("ecs-lab/aside/7-progress", "ecs-lab-7-progress.json"));
        assert_eq!(shelf.get("ecs-lab/progress"), None);
        assert_eq!(shelf.get(&aside.key).as_deref(), Some("{from the future"));
        assert_eq!(asides(&shelf), [aside]);
    }

    #[test]
    fn a_copy_leaves_the_original_and_needs_room() {
        let mut shelf = Memory::default();
        shelf.put("ecs-lab/lab/1", "work").unwrap();
        let aside = copy_aside(&mut shelf, "ecs-lab/lab/1", 7).unwrap();
        assert_eq!((shelf.get("ecs-lab/lab/1"), shelf.get(&aside.key)), (Some("work".into()), Some("work".into())));
        shelf.room = Some(60);
        assert_eq!(copy_aside(&mut shelf, "ecs-lab/lab/1", 8), None);
    }

    #[test]
    fn a_full_store_keeps_the_text_where_it_was() {
        let mut shelf = Memory::default();
        shelf.put("ecs-lab/lab/1", "work").unwrap();
        shelf.room = Some("ecs-lab/lab/1work".len());
        assert_eq!(set_aside(&mut shelf, "ecs-lab/lab/1", 7), Err(Full));
        assert_eq!(shelf.get("ecs-lab/lab/1").as_deref(), Some("work"));
    }
}
