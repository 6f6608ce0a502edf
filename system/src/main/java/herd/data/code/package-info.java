/// What source code is: its language, its comments and literals, under which licence it stands,
/// whether a person wrote it, and which files of a repository need which. Knows paths and texts;
/// knows nothing of documents, steps or corpora.
package herd.data.code;
