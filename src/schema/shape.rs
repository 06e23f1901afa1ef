//! Shapes: what a field of the facts or of the output may hold. The tables of both schemas are made of these.

use std::sync::Arc;

use crate::facts::datum::{Datum, Kind};
use crate::schema::types::{FieldType, RecordType, TagType, Type, Vocabulary, Word, Words};

/// What a value may be: a type of the language, narrowed to what this place accepts.
#[derive(Clone, Debug)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number `min..=max`.
    Int {
        /// Least.
        min: i128,
        /// Greatest.
        max: i128,
    },
    /// A finite number.
    Float,
    /// A dotted version, compared number by number.
    Version,
    /// Text, checked for what its place forbids.
    Text(TextForm),
    /// One of a closed list of words.
    Words(Words),
    /// A spelling that is read into a number or a normal text.
    Quantity(Quantity),
    /// Any JSON or YAML value, kept as text (compact JSON unless it is text already).
    Json,
    /// Values of one shape.
    List(Arc<Shape>),
    /// Values of one shape by name.
    Map(Arc<Shape>),
    /// Fields by name.
    Record(Arc<RecordShape>),
}

/// What a text of the output must be, given where it goes. NUL is forbidden everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Anything.
    Any,
    /// Not empty.
    NotEmpty,
    /// An absolute path, as written.
    AbsolutePath,
    /// An absolute path without `..`, as written.
    PlainPath,
    /// An absolute path without `..`, other than `/`; doubled, trailing and `.` components are taken out.
    CleanPath,
    /// A mount option: no comma.
    MountOption,
    /// A variable's name: not empty, no `=`.
    VariableName,
    /// Labels of letters, digits, `-` and `_`, joined by single dots, 64 bytes in all.
    HostName,
    /// A sysctl key: dotted or slashed words, no `..`, no leading separator.
    SysctlKey,
    /// The name of a side file: relative, without `..`, not `config.json`.
    FileName,
    /// What a device rule is about: some of `r`, `w`, `m`, at least one, none twice.
    DeviceAccess,
    /// Numbers and ranges of CPUs or memory nodes, without blanks: `0-3,7`.
    NumberList,
    /// A size of huge pages: `64KB`, `2MB`, `1GB`.
    PageSize,
    /// One line: not empty, no line break.
    Line,
    /// One line that starts with `MB:`, for the bandwidth of memory.
    BandwidthLine,
}

/// Spellings of quantities in a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `512Mi`: bytes, an `Int`.
    Memory,
    /// `64m`, `1Gi`, `50%`: decimal bytes or a percentage, a `String`.
    TmpfsSize,
    /// `1777`, `0o1777`: an octal file mode, an `Int`.
    FileMode,
    /// `1m 30s`: seconds, a `Float`.
    Duration,
    /// Any scalar as it was written, `~` and `null` included; nothing at all is empty. A `String`.
    Verbatim,
}

/// The fields of a record, and which of them each tag has, if it is tagged.
#[derive(Clone, Debug)]
pub struct RecordShape {
    /// What messages call it: `service`, `gpu`, `mount`.
    pub name: Word,
    /// Its fields; values are kept in this order. A tagged record has the tag first, then the fields of all
    /// tags, each name once.
    pub fields: Vec<FieldShape>,
    /// The tags, if the first field decides which of the others there are.
    pub tags: Vec<TagShape>,
}

/// One tag of a tagged record.
#[derive(Clone, Debug)]
pub struct TagShape {
    /// The value of the first field.
    pub tag: Word,
    /// The fields it has (indices into [`RecordShape::fields`], the tag itself left out).
    pub fields: Vec<TagField>,
}

/// A field of one tag.
#[derive(Clone, Debug)]
pub struct TagField {
    /// Index into [`RecordShape::fields`].
    pub index: usize,
    /// What it may hold with this tag: of the type that the field has, but maybe spelt in its own way.
    pub shape: Shape,
    /// Presence with this tag.
    pub presence: Presence,
}

/// One field of a record.
#[derive(Clone, Debug)]
pub struct FieldShape {
    /// Its name in the deployment, the request or `config.json`.
    pub name: Word,
    /// Another name that means the same.
    pub alias: Option<Word>,
    /// What it may hold.
    pub shape: Shape,
    /// Whether it may be left out.
    pub presence: Presence,
    /// One sentence for the reference, with the spec section where the output's.
    pub doc: &'static str,
}

/// Whether a field may be left out, and what it is then.
#[derive(Clone, Debug)]
pub enum Presence {
    /// Must be given.
    Required,
    /// May be absent.
    Optional,
    /// Filled in where not given.
    Default(Datum),
    /// Filled in where not given, absent where `null` is given.
    Nullable(Datum),
}

impl Presence {
    fn apart(&self) -> Self {
        match self {
            Self::Default(datum) => Self::Default(datum.apart()),
            Self::Nullable(datum) => Self::Nullable(datum.apart()),
            Self::Required | Self::Optional => self.clone(),
        }
    }

    /// Whether rules may find nothing there.
    #[must_use]
    pub const fn may_be_absent(&self) -> bool {
        matches!(self, Self::Optional | Self::Nullable(_))
    }

    /// The same for a field of a record of which there may be several: what is below it is then that record's own.
    #[must_use]
    pub fn filled(&self, repeated: bool) -> Datum {
        let fallback = self.fallback();
        if repeated { fallback.apart() } else { fallback.clone() }
    }

    /// What is there where nothing was given.
    #[must_use]
    pub const fn fallback(&self) -> &Datum {
        const NOTHING: &Datum = &Datum::ABSENT;
        match self {
            Self::Default(datum) | Self::Nullable(datum) => datum,
            Self::Required | Self::Optional => NOTHING,
        }
    }
}

impl Shape {
    /// A whole number of 16, 32 or 64 bits, signed or not.
    pub const U8: Self = Self::Int { min: 0, max: u8::MAX as i128 };
    /// 0 … 65535
    pub const U16: Self = Self::Int { min: 0, max: u16::MAX as i128 };
    /// 0 … 4294967295
    pub const U32: Self = Self::Int { min: 0, max: u32::MAX as i128 };
    /// 0 … 2^64−1
    pub const U64: Self = Self::Int { min: 0, max: u64::MAX as i128 };
    /// −2^31 … 2^31−1
    pub const I32: Self = Self::Int { min: i32::MIN as i128, max: i32::MAX as i128 };
    /// −2^63 … 2^63−1
    pub const I64: Self = Self::Int { min: i64::MIN as i128, max: i64::MAX as i128 };
    /// Any text.
    pub const TEXT: Self = Self::Text(TextForm::Any);

    /// A list of one shape.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A map to one shape.
    #[must_use]
    pub fn map(value: Self) -> Self {
        Self::Map(Arc::new(value))
    }

    /// One of the words of a vocabulary.
    #[must_use]
    pub fn words(vocabulary: &'static Vocabulary) -> Self {
        Self::Words(Words::vocabulary(vocabulary))
    }

    /// What is put before a word of this shape when it is written out: `CAP_` where the vocabulary has it.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        match self {
            Self::Words(Words::Closed(closed)) => closed.vocabulary.map_or("", |vocabulary| vocabulary.prefix),
            _ => "",
        }
    }

    /// A small value that a document can give.
    #[must_use]
    pub fn example(&self) -> Datum {
        Datum::new(match self {
            Self::Bool => Kind::Bool(false),
            Self::Int { min, max } => Kind::Int(0.clamp(*min, *max)),
            Self::Quantity(Quantity::Memory) => Kind::Int(1),
            Self::Quantity(Quantity::FileMode) => Kind::Int(0),
            Self::Float | Self::Quantity(Quantity::Duration) => Kind::Float(0.0),
            Self::Version | Self::Quantity(Quantity::TmpfsSize) => Kind::Text("1".into()),
            Self::Words(Words::Closed(closed)) => Kind::Text(closed.words.first().map_or("", |word| word).into()),
            Self::Text(_) | Self::Words(Words::Open) | Self::Json | Self::Quantity(Quantity::Verbatim) => {
                Kind::Text("x".into())
            }
            Self::List(_) => Kind::List([].into()),
            Self::Map(_) => Kind::map([]),
            Self::Record(record) => return record.example(),
        })
    }

    fn apart(&self) -> Self {
        match self {
            Self::List(element) => Self::list(element.apart()),
            Self::Map(value) => Self::map(value.apart()),
            Self::Record(record) => Self::Record(Arc::new(record.apart())),
            scalar => scalar.clone(),
        }
    }

    /// The type that rules see.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int { .. } | Self::Quantity(Quantity::Memory | Quantity::FileMode) => Type::Int,
            Self::Float | Self::Quantity(Quantity::Duration) => Type::Float,
            Self::Version => Type::Version,
            Self::Text(_) | Self::Json | Self::Quantity(Quantity::TmpfsSize | Quantity::Verbatim) => Type::STRING,
            Self::Words(words) => Type::Text(words.clone()),
            Self::List(element) => Type::List(Arc::new(element.ty())),
            Self::Map(value) => Type::Map(Arc::new(value.ty())),
            Self::Record(record) => Type::Record(Arc::new(record.ty())),
        }
    }
}

impl RecordShape {
    /// The record type that rules see.
    #[must_use]
    pub fn ty(&self) -> RecordType {
        let fields = self.fields.iter().map(|field| FieldType {
            name: field.name.clone(),
            ty: field.shape.ty(),
            optional: field.presence.may_be_absent(),
        });
        let tags = self.tags.iter().map(|tag| TagType {
            tag: tag.tag.clone(),
            fields: tag.fields.iter().map(|f| (f.index, f.presence.may_be_absent())).collect(),
        });
        RecordType { fields: fields.collect(), tags: tags.collect() }
    }

    /// A copy whose defaults are its own.
    pub(super) fn apart(&self) -> Self {
        let field = |field: &FieldShape| FieldShape {
            shape: field.shape.apart(),
            presence: field.presence.apart(),
            ..field.clone()
        };
        let of_tag = |field: &TagField| TagField {
            index: field.index,
            shape: field.shape.apart(),
            presence: field.presence.apart(),
        };
        let tag = |tag: &TagShape| TagShape { tag: tag.tag.clone(), fields: tag.fields.iter().map(of_tag).collect() };
        Self {
            name: self.name.clone(),
            fields: self.fields.iter().map(field).collect(),
            tags: self.tags.iter().map(tag).collect(),
        }
    }

    /// A value with every field as if nothing was given.
    #[must_use]
    pub fn defaults(&self) -> Datum {
        Datum::new(Kind::Record(self.fields.iter().map(|field| field.presence.fallback().clone()).collect()))
    }

    /// A value with only what must be given. The tag of a tagged record is absent: whoever uses it chooses.
    #[must_use]
    pub fn example(&self) -> Datum {
        let value = |field: &FieldShape| match field.presence {
            Presence::Required if self.tags.is_empty() => field.shape.example(),
            _ => field.presence.fallback().clone(),
        };
        Datum::new(Kind::Record(self.fields.iter().map(value).collect()))
    }

    /// The index of a field, by name or alias.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| &*f.name == name || f.alias.as_deref() == Some(name))
    }
}
