//! TypeScript types, as far as they answer questions about values: what is it, is it finite.

use super::{List, Name, id};

id!(
    /// A declared type.
    TypeId
);

/// What an annotation says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Nothing that helps.
    Unknown,
    /// `string`.
    String,
    /// `number`, `bigint`.
    Number,
    /// `boolean`, `null`, `undefined`, a literal, a union of such, `keyof typeof X`: few values.
    Finite,
    /// A function type.
    Function,
    /// `T[]`.
    Array,
    /// A named type: its last name, and the first argument.
    Named { name: Name, arg: TypeId },
    /// A union; its members are a run of type ids stored as node ids in [`super::Facts::lists`].
    Union(List),
}
