/// The door of the engine: the one exception type for mistakes that a user can mend.
package herd.engine;
