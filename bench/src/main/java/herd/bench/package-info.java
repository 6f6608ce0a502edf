/// JMH benchmarks of the kernels and the data steps; `bench/run` builds and runs them.
package herd.bench;
