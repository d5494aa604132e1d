//! The forms of the registry: a repository made and deleted, an image built and pushed.

use super::{Draft, ecr};
use crate::app::pages::fleet::deed;
use crate::app::parts::{
    AreaFieldProps, Choice, Kept, SelectFieldProps, TextFieldProps, area_field, command_line, edit, select_field,
    text_field,
};
use crate::app::session::Door;
use ecs_lab::aws::ApiError;
use ecs_lab::ecr::{Repository, docker};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

fn same(word: &'static str) -> Choice {
    (word.into(), word.into())
}

/// CreateRepository.
pub fn create(door: &Door, draft: &Kept<Draft>) -> Html {
    let name = draft.name.trim();
    let mut input = json!({ "repositoryName": name });
    if draft.mutability != "MUTABLE" {
        input["imageTagMutability"] = draft.mutability.as_str().into();
    }
    let options = vec![same("MUTABLE"), same("IMMUTABLE")];
    html! {
        <section class="stack slim" aria-labelledby="create-repository-title">
            <h2 id="create-repository-title">{ "Create a repository" }</h2>
            { text_field(&props!(TextFieldProps { id: "repository-name", label: "Name", hint: "Such as team/web", value: draft.name.clone(), change: edit(draft, |draft, value| draft.name = value) })) }
            { select_field(&props!(SelectFieldProps { id: "repository-mutability", label: "Tags", value: draft.mutability.clone(), options, change: edit(draft, |draft, value| draft.mutability = value) })) }
            if !name.is_empty() { { deed(door, "Create the repository", "create-repository", "create-repository-line", &ecr("CreateRepository", input), false) } }
        </section>
    }
}

/// DeleteRepository, with what it holds.
pub fn delete(door: &Door, own: &Repository) -> Html {
    let mut input = json!({ "repositoryName": own.name });
    if own.images().next().is_some() {
        input["force"] = true.into();
    }
    html! {
        <details class="pane" data-testid="repository-more">
            <summary>{ "Delete the repository" }</summary>
            { deed(door, "Delete it with its images", "delete-repository", "delete-repository-line", &ecr("DeleteRepository", input), true) }
        </details>
    }
}

/// An image built of a Dockerfile and pushed, call by call.
pub fn push(door: &Door, own: &Repository, lab: &Lab, draft: &Kept<Draft>) -> Html {
    let named = format!("{}:{}", own.uri(&lab.world().options().account), draft.tag.trim());
    let line = format!("docker build --platform {} -t {named} . && docker push {named}", draft.platform);
    let onclick = {
        let (door, draft, name) = (door.clone(), (**draft).clone(), own.name.clone());
        Callback::from(move |_: MouseEvent| {
            let lines: Vec<&str> = draft.dockerfile.lines().collect();
            let built = docker::build(&lines, &draft.platform);
            let mut call = |operation: &'static str, input: Value| -> Result<Value, ApiError> {
                let call = ApiCall::new("ecr", operation, input);
                match &*door.ask(Command::Api(call)) {
                    Ok(outcome) => Ok(outcome.reply.clone()),
                    Err(error) => Err(error.clone()),
                }
            };
            // A refusal is said by the page, as of each call.
            let _ = docker::push(&mut call, &name, Some(draft.tag.trim()), &built);
        })
    };
    let options = vec![same("linux/amd64"), same("linux/arm64"), same("windows/amd64")];
    html! {
        <details class="pane" open={own.images().next().is_none()} data-testid="push-form">
            <summary>{ "Build an image and push it" }</summary>
            <div class="stack slim">
                { area_field(&props!(AreaFieldProps { id: "push-dockerfile", label: "Dockerfile", hint: "Each RUN, COPY and ADD makes a layer; images with the same beginning share theirs.", value: draft.dockerfile.clone(), rows: 5, change: edit(draft, |draft, value| draft.dockerfile = value) })) }
                { text_field(&props!(TextFieldProps { id: "push-tag", label: "Tag", value: draft.tag.clone(), change: edit(draft, |draft, value| draft.tag = value) })) }
                { select_field(&props!(SelectFieldProps { id: "push-platform", label: "Platform", value: draft.platform.clone(), options, change: edit(draft, |draft, value| draft.platform = value) })) }
                { command_line(door, line, "push-image-line") }
                <p><button type="button" {onclick} data-testid="push-image">{ "Build and push" }</button></p>
            </div>
        </details>
    }
}
