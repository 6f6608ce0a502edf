/// How fast this machine can be at most, and how near to that kernels and models come. It knows
/// nothing of commands.
package herd.speed;
