/// Results of stages: directories written aside and renamed when complete, their fingerprints,
/// progress, and resuming. Knows nothing of what a stage does.
package herd.run;
