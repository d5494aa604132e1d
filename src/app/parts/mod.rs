//! What the views are made of. Each part takes values and callbacks; none knows the store but [`CommandLine`], which
//! copies, and [`Notices`], whose buttons act.

mod command;
mod dialog;
mod empty;
mod field;
mod kept;
mod later;
mod live;
mod notices;
mod table;
mod tabs;

pub use command::command_line;
pub use dialog::Dialog;
pub use empty::empty;
pub use field::{
    AreaFieldProps, CheckFieldProps, Choice, OptionGroup, SelectFieldProps, TextFieldProps, area_field, check_field,
    edit, select_field, text_field,
};
pub use kept::{Kept, Slots};
pub use later::use_later;
pub use live::{LiveRegionProps, live_region};
pub use notices::notices;
pub use table::{TableProps, table};
pub use tabs::{TabsProps, tabs};
