//! A plain table with a caption; the first cell of a row is its heading.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub caption: AttrValue,
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Html>>,
    pub testid: AttrValue,
}

/// A table. It scrolls by itself when it is wider than its place, and can be reached to scroll it by keyboard.
pub fn table(props: &TableProps) -> Html {
    let row = |cells: &Vec<Html>| {
        html! {
            <tr>{ for cells.iter().enumerate().map(|(index, cell)| if index == 0 {
                html! { <th scope="row">{ cell.clone() }</th> }
            } else {
                html! { <td>{ cell.clone() }</td> }
            }) }</tr>
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={props.caption.clone()}>
            <table data-testid={props.testid.clone()}>
                <caption>{ props.caption.clone() }</caption>
                <thead><tr>{ for props.head.iter().map(|head| html! { <th scope="col">{ *head }</th> }) }</tr></thead>
                <tbody>{ for props.rows.iter().map(row) }</tbody>
            </table>
        </div>
    }
}
