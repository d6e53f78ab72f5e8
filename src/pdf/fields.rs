//! Signature fields of the interactive form (ISO 32000-2, 12.7).

use super::PdfError;
use super::document::Document;
use super::object::{Dictionary, Object, ObjectId, decode_text};
use std::collections::HashSet;

/// Signature reference dictionaries looked at in one signature; the standard knows four methods.
const MOST_TRANSFORMS: usize = 16;

/// The interactive form dictionary (12.7.3).
#[derive(Debug, Clone)]
pub struct AcroForm {
    /// Its identity, if it is an object of its own; else it is written into the catalog.
    pub id: Option<ObjectId>,
    /// The dictionary.
    pub dictionary: Dictionary,
}

/// A signature field, signed or not.
#[derive(Debug, Clone)]
pub struct SignatureField {
    /// Its identity; `None` if it is written directly into an array.
    pub id: Option<ObjectId>,
    /// Fully qualified name (12.7.4.2).
    pub name: String,
    /// Its dictionary, with `/FT` if that is inherited.
    pub dictionary: Dictionary,
    /// The signature dictionary and its identity, if it is an object of its own; `None` in a field that is not signed.
    pub value: Option<(Option<ObjectId>, Dictionary)>,
    /// `/V` is there but is not a dictionary.
    pub broken_value: bool,
}

/// Which fields a signature locks (12.8.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldLock {
    /// All.
    All,
    /// Those with these names, and the fields below them.
    Include(Vec<String>),
    /// All but those.
    Exclude(Vec<String>),
}

impl FieldLock {
    /// Whether a field is locked, by its fully qualified name.
    pub fn covers(&self, name: &str) -> bool {
        let lists = |names: &[String]| {
            names.iter().any(|n| name.strip_prefix(n.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.')))
        };
        match self {
            Self::All => true,
            Self::Include(names) => lists(names),
            Self::Exclude(names) => !lists(names),
        }
    }
}

struct Node {
    object: Object,
    parent_name: String,
    inherited: Inherited,
    depth: usize,
}

#[derive(Clone, Default)]
struct Inherited {
    signature: bool,
    value: Option<Object>,
}

impl Document {
    /// The interactive form dictionary, if there is one.
    pub fn acro_form(&self) -> Result<Option<AcroForm>, PdfError> {
        let catalog = self.catalog()?;
        let Some(entry) = catalog.as_dictionary().and_then(|c| c.get(b"AcroForm")) else { return Ok(None) };
        Ok(match &*self.resolve(entry)? {
            Object::Dictionary(form) => Some(AcroForm { id: entry.as_reference(), dictionary: form.clone() }),
            _ => None,
        })
    }

    /// All signature fields: those of the form in its order, then a signature that only `/Perms` of the catalog refers to.
    pub fn signature_fields(&self) -> Result<Vec<SignatureField>, PdfError> {
        let mut fields = Vec::new();
        if let Some(form) = self.acro_form()? {
            let roots = self.value(&form.dictionary, b"Fields")?;
            self.walk_fields(roots.as_array().unwrap_or_default(), &mut fields)?;
        }
        self.add_permissions(&mut fields)?;
        Ok(fields)
    }

    /// The permission P of a certification signature (DocMDP, 12.8.2.2): 1, 2 or 3; `None` for an approval signature. A value out
    /// of range is taken for the strictest.
    pub fn doc_mdp(&self, signature: &Dictionary) -> Result<Option<u8>, PdfError> {
        let Some(parameters) = self.transform(signature, b"DocMDP")? else { return Ok(None) };
        let permission = match parameters.get(b"P") {
            Some(p) => self.resolve(p)?.as_integer().unwrap_or_default(),
            None => 2,
        };
        Ok(Some(u8::try_from(permission).ok().filter(|p| (1..=3).contains(p)).unwrap_or(1)))
    }

    /// The fields that a signature locks (FieldMDP, 12.8.2.4); what cannot be read locks all.
    pub fn field_mdp(&self, signature: &Dictionary) -> Result<Option<FieldLock>, PdfError> {
        let Some(parameters) = self.transform(signature, b"FieldMDP")? else { return Ok(None) };
        let mut names = Vec::new();
        for name in self.value(&parameters, b"Fields")?.as_array().unwrap_or_default() {
            names.extend(self.resolve(name)?.as_string().map(decode_text));
        }
        Ok(Some(match self.value(&parameters, b"Action")?.as_name() {
            Some(b"Include") => FieldLock::Include(names),
            Some(b"Exclude") => FieldLock::Exclude(names),
            _ => FieldLock::All,
        }))
    }

    /// The parameters of a signature's transform method (12.8.2), if it has that one.
    pub fn transform(&self, signature: &Dictionary, method: &[u8]) -> Result<Option<Dictionary>, PdfError> {
        let references = self.value(signature, b"Reference")?;
        for reference in references.as_array().unwrap_or_default().iter().take(MOST_TRANSFORMS) {
            let reference = self.resolve(reference)?;
            let Some(reference) = reference.as_dictionary() else { continue };
            if self.value(reference, b"TransformMethod")?.as_name() == Some(method) {
                let parameters = self.value(reference, b"TransformParams")?;
                return Ok(Some(parameters.as_dictionary().cloned().unwrap_or_default()));
            }
        }
        Ok(None)
    }

    fn walk_fields(&self, roots: &[Object], fields: &mut Vec<SignatureField>) -> Result<(), PdfError> {
        let limits = *self.limits();
        let too_large = || PdfError::TooLarge { what: "the field tree" };
        if roots.len() > limits.pdf_tree_nodes {
            return Err(too_large());
        }
        let node = |object: &Object, parent_name: &str, inherited: &Inherited, depth: usize| Node {
            object: object.clone(),
            parent_name: parent_name.to_owned(),
            inherited: inherited.clone(),
            depth,
        };
        let mut stack: Vec<Node> = roots.iter().rev().map(|r| node(r, "", &Inherited::default(), 0)).collect();
        let mut visited = HashSet::new();
        let mut steps = 0_usize;
        while let Some(Node { object, parent_name, mut inherited, depth }) = stack.pop() {
            steps = steps.saturating_add(1);
            if steps > limits.pdf_tree_nodes || depth > limits.pdf_tree_depth {
                return Err(too_large());
            }
            let id = object.as_reference();
            if id.is_some_and(|id| !visited.insert(id)) {
                continue;
            }
            let resolved = self.resolve(&object)?;
            let Object::Dictionary(dictionary) = &*resolved else { continue };
            let partial = self.value(dictionary, b"T")?.as_string().map(decode_text);
            let name = match (&partial, parent_name.is_empty()) {
                (None, _) => parent_name,
                (Some(own), true) => own.clone(),
                (Some(own), false) => format!("{parent_name}.{own}"),
            };
            if let Some(kind) = self.value(dictionary, b"FT")?.as_name() {
                inherited.signature = kind == b"Sig";
            }
            if let Some(value) = dictionary.get(b"V") {
                inherited.value = Some(value.clone());
            }
            let kids = self.value(dictionary, b"Kids")?;
            let kids = kids.as_array().unwrap_or_default();
            // kids with names are fields below this one; kids without are its widgets
            let mut has_fields_below = false;
            for kid in kids.iter().take(limits.pdf_tree_nodes) {
                if self.resolve(kid)?.as_dictionary().is_some_and(|k| k.contains(b"T")) {
                    has_fields_below = true;
                    break;
                }
            }
            if has_fields_below {
                stack.extend(kids.iter().rev().map(|k| node(k, &name, &inherited, depth.saturating_add(1))));
            } else if inherited.signature {
                fields.push(self.signature_field(id, name, dictionary, inherited.value)?);
                if fields.len() > limits.pdf_signatures {
                    return Err(PdfError::TooLarge { what: "the number of signatures" });
                }
            }
        }
        Ok(())
    }

    fn signature_field(
        &self,
        id: Option<ObjectId>,
        name: String,
        dictionary: &Dictionary,
        value: Option<Object>,
    ) -> Result<SignatureField, PdfError> {
        let mut dictionary = dictionary.clone();
        dictionary.set(b"FT", Object::name("Sig"));
        let entry = value.unwrap_or(Object::Null);
        let resolved = self.resolve(&entry)?;
        let (value, broken_value) = match &*resolved {
            Object::Null => (None, false),
            Object::Dictionary(value) => (Some((entry.as_reference(), value.clone())), false),
            _ => (None, true),
        };
        Ok(SignatureField { id, name, dictionary, value, broken_value })
    }

    fn add_permissions(&self, fields: &mut Vec<SignatureField>) -> Result<(), PdfError> {
        let catalog = self.catalog()?;
        let Some(catalog) = catalog.as_dictionary() else { return Ok(()) };
        let permissions = self.value(catalog, b"Perms")?;
        let Some(permissions) = permissions.as_dictionary() else { return Ok(()) };
        for key in [b"DocMDP".as_slice(), b"UR3"] {
            let Some(entry) = permissions.get(key) else { continue };
            let id = entry.as_reference();
            let known =
                fields.iter().filter_map(|f| f.value.as_ref()).any(|(value, _)| value.is_some() && *value == id);
            let resolved = self.resolve(entry)?;
            // usage rights (UR3) concern features of one vendor's viewer; they are no signature of the document
            if let (false, b"DocMDP", Object::Dictionary(value)) = (known, key, &*resolved) {
                fields.push(SignatureField {
                    id: None,
                    name: "/Perms".to_owned(),
                    dictionary: Dictionary::new(),
                    value: Some((id, value.clone())),
                    broken_value: false,
                });
            }
        }
        Ok(())
    }
}
