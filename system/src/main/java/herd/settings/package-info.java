/// Text to settings and back: YAML with positions, bound to records by their components and to
/// sealed interfaces by the kinds they permit; overrides, printing and a JSON Schema from the same
/// records. Knows no particular record.
package herd.settings;
