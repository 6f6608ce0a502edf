/// The engine as a program of somebody else sees it.
package herd.embedding;
