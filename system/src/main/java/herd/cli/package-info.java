/// The commands of the program `herd`: reads options, calls the rooms below, prints. Holds no logic
/// of its own.
package herd.cli;
