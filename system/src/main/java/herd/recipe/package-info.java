/// A run described in one YAML file: its stages, what each depends on, and the settings of each.
/// Connects the rooms below to stages; holds no work of its own.
package herd.recipe;
