//! "Add instances": type, zones, count and custom attributes, as the `run-instances` lines they are equal to.

use super::run_dialog::message;
use crate::app::parts::{
    CheckFieldProps, Dialog, SelectFieldProps, TextFieldProps, check_field, command_line, select_field, text_field,
};
use crate::app::session::use_door;
use ecs_lab::ec2::catalogue::Architecture;
use ecs_lab::ec2::images::{IMAGES, Image, LINUX};
use ecs_lab::ec2::{catalogue, network};
use ecs_lab::ecs::instance::MOST_INSTANCES;
use ecs_lab::lab::{BOOT, Command, CustomAttribute, launch, launch_windows, with_key};
use ecs_lab::shell::line_of;
use yew::prelude::*;
use yew::props;

#[derive(Properties, PartialEq)]
pub struct AddDialogProps {
    pub cluster: String,
    /// Container instances that it holds already.
    pub instances: usize,
    pub close: Callback<()>,
}

#[derive(Clone, PartialEq)]
struct AddForm {
    kind: String,
    /// The attribute `ecs.os-family`.
    system: String,
    count: String,
    zones: Vec<String>,
    attributes: String,
    /// Name of a key pair; empty without one.
    key: String,
    wait: bool,
}

impl AddForm {
    /// One launch per zone; `Err` with the field's id when the form itself is at fault.
    fn commands(&self, cluster: &str) -> Result<Vec<Command>, (&'static str, String)> {
        let count: u32 = self
            .count
            .trim()
            .parse()
            .ok()
            .filter(|count| (1..=1000).contains(count))
            .ok_or_else(|| ("add-count", "A whole number from 1 to 1000.".to_owned()))?;
        if self.zones.is_empty() {
            return Err(("add-zones", "Choose at least one zone.".to_owned()));
        }
        let attributes = attributes(&self.attributes).map_err(|why| ("add-attributes", why))?;
        let one = |zone: &String| {
            let windows = launch_windows(cluster, &self.kind, count, zone, &attributes, &self.system);
            let command = windows.unwrap_or_else(|| launch(cluster, &self.kind, count, zone, &attributes));
            if self.key.is_empty() { command } else { with_key(command, &self.key) }
        };
        let mut all: Vec<Command> = self.zones.iter().map(one).collect();
        if self.wait {
            all.push(Command::Advance(BOOT));
        }
        Ok(all)
    }
}

/// `stack=prod, gpu` as attributes; AT-03 says what a name and a value may hold, AT-04 how many there may be.
fn attributes(text: &str) -> Result<Vec<CustomAttribute>, String> {
    let mut all = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, value) =
            item.split_once('=').map_or((item, None), |(name, value)| (name.trim(), Some(value.trim())));
        if !ecs_lab::ecs::capability::well_formed(name, value) {
            return Err(format!(
                "\"{item}\" is no attribute: letters, digits and - _ / \\ . in the name, also @ : and spaces in the value."
            ));
        }
        if !ecs_lab::ecs::capability::is_custom(name) {
            return Err(format!("\"{name}\" is reserved: names that start with ecs. belong to ECS."));
        }
        if all.iter().any(|(known, _): &CustomAttribute| known == name) {
            return Err(format!("\"{name}\" stands twice."));
        }
        all.push((name.to_owned(), value.map(str::to_owned)));
    }
    if all.len() > 10 { Err("At most 10 custom attributes.".to_owned()) } else { Ok(all) }
}

/// The dialog. It is made anew each time it opens.
#[component]
pub fn AddDialog(props: &AddDialogProps) -> Html {
    let door = use_door();
    let region = door.store().lab().start().region.clone();
    let form = use_state(|| AddForm {
        kind: "t3.medium".into(),
        system: LINUX.into(),
        count: "1".into(),
        zones: network::zones(&region).take(1).collect(),
        attributes: String::new(),
        key: String::new(),
        wait: true,
    });
    let refused = use_state(|| None::<String>);
    let commands = form.commands(&props.cluster);
    let set = {
        let (form, refused) = (form.clone(), refused.clone());
        Callback::from(move |next: AddForm| {
            form.set(next);
            refused.set(None);
        })
    };
    let edit = |change: fn(&mut AddForm, String)| {
        let form = (*form).clone();
        set.reform(move |value: String| {
            let mut next = form.clone();
            change(&mut next, value);
            next
        })
    };
    let error_at =
        |id: &str| commands.as_ref().err().filter(|(own, _)| *own == id).map(|(_, why)| AttrValue::from(why.clone()));
    let submit = {
        let (door, refused, commands, close) = (door.clone(), refused.clone(), commands.clone(), props.close.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Ok(commands) = &commands else { return };
            let verdict = door.store().lab().rehearse(commands).err();
            if let Some(error) = verdict {
                return refused.set(Some(message(&error)));
            }
            for command in commands {
                door.run(command.clone());
            }
            close.emit(());
        })
    };
    let kinds: Vec<(AttrValue, AttrValue)> = catalogue::TYPES
        .iter()
        .map(|kind| {
            (kind.name.into(), format!("{}: {} CPU, {} MiB registered", kind.name, kind.cpu(), kind.memory()).into())
        })
        .collect();
    let offered = |image: &&Image| {
        image.architecture == Architecture::X86_64 && image.has_agent && !image.is_linux_2 && image.variant.is_empty()
    };
    let systems = IMAGES.iter().filter(offered);
    let systems: Vec<(AttrValue, AttrValue)> =
        systems.map(|image| (image.os_family.into(), image.os_family.into())).collect();
    let keys: Vec<(AttrValue, AttrValue)> = {
        let store = door.store();
        let lab = store.lab();
        let pairs = lab.world().ec2().key_names().map(|name| (name.to_owned().into(), name.to_owned().into()));
        std::iter::once(("".into(), "without a key pair".into())).chain(pairs).collect()
    };
    let free = MOST_INSTANCES.saturating_sub(props.instances);
    let wanted = form.count.trim().parse::<usize>().unwrap_or_default().saturating_mul(form.zones.len());
    let chosen = catalogue::find(&form.kind);
    let zone_box = |zone: String| {
        let (own, base) = (zone.clone(), (*form).clone());
        let change = set.reform(move |on: bool| {
            let mut zones: Vec<String> = base.zones.iter().filter(|known| **known != own).cloned().collect();
            if on {
                zones.push(own.clone());
                ecs_lab::sim::order::sort_by(&mut zones, String::cmp);
            }
            AddForm { zones, ..base.clone() }
        });
        html! { { check_field(&props!(CheckFieldProps { id: format!("add-zone-{zone}"), label: zone.clone(), checked: form.zones.contains(&zone), change })) } }
    };
    let wait = {
        let base = (*form).clone();
        set.reform(move |on: bool| AddForm { wait: on, ..base.clone() })
    };
    html! {
        <Dialog open=true close={props.close.clone()} title="Add instances" testid="add-dialog" wide=true>
            <form class="stack" onsubmit={submit}>
                <div class="columns">
                    { select_field(&props!(SelectFieldProps { id: "add-type", label: "Instance type", value: form.kind.clone(), options: kinds, change: edit(|form, value| form.kind = value), hint: chosen.map(|kind| AttrValue::from(format!("{} MiB installed, {} registered: the kernel takes its share first", kind.installed_memory, kind.memory()))) })) }
                    { select_field(&props!(SelectFieldProps { id: "add-system", label: "System", value: form.system.clone(), options: systems, change: edit(|form, value| form.system = value) })) }
                    { text_field(&props!(TextFieldProps { id: "add-count", label: "Count in each zone", inputmode: "numeric", value: form.count.clone(), change: edit(|form, value| form.count = value), error: error_at("add-count") })) }
                </div>
                if keys.len() > 1 {
                    { select_field(&props!(SelectFieldProps { id: "add-key", label: "Key pair", value: form.key.clone(), options: keys, change: edit(|form, value| form.key = value) })) }
                }
                <fieldset class="stack">
                    <legend>{ "Availability Zones" }</legend>
                    <div class="columns">{ for network::zones(&region).map(zone_box) }</div>
                    if let Some(error) = error_at("add-zones") { <p class="bad" role="alert">{ error }</p> }
                </fieldset>
                { text_field(&props!(TextFieldProps { id: "add-attributes", label: "Custom attributes", hint: "stack=prod, gpu: separated by commas; a value is optional", value: form.attributes.clone(), change: edit(|form, value| form.attributes = value), error: error_at("add-attributes") })) }
                { check_field(&props!(CheckFieldProps { id: "add-wait", label: "Let 90 seconds pass, so that they boot and register", checked: form.wait, change: wait })) }
                if wanted > free {
                    <p class="notice" data-testid="add-quota">{ format!("A cluster holds at most {MOST_INSTANCES} container instances: {free} more can register. The others will boot and stay outside.") }</p>
                }
                if let Some(why) = &*refused { <p class="notice bad" role="alert" data-testid="add-error">{ why.clone() }</p> }
                if let Ok(commands) = &commands {
                    { for commands.iter().enumerate().map(|(index, command)| html! { { command_line(&door, line_of(command), &format!("add-line-{index}")) } }) }
                }
                <p class="row"><button class="primary" disabled={commands.is_err()} data-testid="add-go">{ "Add" }</button></p>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_as_people_type_them() {
        assert_eq!(
            attributes(" stack = prod , gpu,"),
            Ok(vec![("stack".into(), Some("prod".into())), ("gpu".into(), None)])
        );
        assert_eq!(attributes(""), Ok(Vec::new()));
        for wrong in ["a b", "stack=", "=x", "ecs.os-type=linux", "a=1,a=2", "a,b,c,d,e,f,g,h,i,j,k"] {
            assert!(attributes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_launch_for_each_zone_and_then_the_boot() {
        let mut form = AddForm {
            kind: "t3.small".into(),
            system: LINUX.into(),
            count: "2".into(),
            zones: vec!["us-east-1a".into(), "us-east-1b".into()],
            attributes: String::new(),
            key: String::new(),
            wait: true,
        };
        assert_eq!(form.commands("prod").map(|all| all.len()), Ok(3));
        form.key = "mine".into();
        let line = line_of(&form.commands("prod").unwrap()[0]);
        assert!(line.contains("--key-name mine"), "{line}");
        form.system = "WINDOWS_SERVER_2022_CORE".into();
        let line = line_of(&form.commands("prod").unwrap()[0]);
        assert!(line.contains("Windows_Server-2022-English-Core") && line.contains("-EnableTaskENI"), "{line}");
        form.count = "0".into();
        assert_eq!(form.commands("prod").map_err(|(field, _)| field), Err("add-count"));
        form.zones.clear();
        form.count = "1".into();
        assert_eq!(form.commands("prod").map_err(|(field, _)| field), Err("add-zones"));
    }
}
