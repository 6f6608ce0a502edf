/// The rules of the house, tested over class files and sources.
package herd.architecture;
