package herd.speed;

import herd.engine.code.Assembler;
import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Processor;
import herd.engine.code.Processor.Feature;
import herd.engine.code.Routine;
import herd.engine.code.Width;

/// Loops of machine code that do one thing only, as fast as the processor can. Each is called with
/// an address and a number of rounds.
/// @param fma multiply-adds of F32
/// @param dot sums of products of bytes
/// @param read loads
/// @param pairs sums of products of bf16; null where there is no instruction for it
/// @param bits of a vector
record RoofCode(Routine fma, Routine dot, Routine read, Routine pairs, int bits) {
  /// Sums side by side: enough to hide the latency of two units.
  private static final int SUMS = 12;

  /// Bytes that a round of `read` goes on by.
  static final int READ_BYTES = 1024;

  private static final int AHEAD = 4096;

  /// What this processor can run; null where no machine code runs.
  static RoofCode of(Processor processor) {
    if (processor.refusal() != null || !processor.has(Feature.AVX2, Feature.FMA)) {
      return null;
    }
    boolean wide = processor.has(Feature.AVX512F, Feature.AVX512BW, Feature.AVX512_VNNI);
    boolean direct = wide || processor.has(Feature.AVX_VNNI);
    var a = new FloatAssembler(wide ? Width.BITS_512 : Width.BITS_256);
    boolean pairs = wide && processor.has(Feature.AVX512_BF16);
    int fma = fma(a);
    var routines = Routine.of(a, fma, dot(a, direct), read(a), pairs ? pairs(a) : fma);
    int bits = 8 * a.width().bytes();
    return new RoofCode(routines[0], routines[1], routines[2], pairs ? routines[3] : null, bits);
  }

  /// Operations of a round of `fma`: a multiplication and an addition are two.
  double fmaOperations() {
    return 2.0 * SUMS * bits / 32;
  }

  /// Operations of a round of `pairs`.
  double pairOperations() {
    return 2 * fmaOperations();
  }

  private static int pairs(FloatAssembler a) {
    int begin = begin(a);
    var round = a.here();
    for (int i = 0; i < SUMS; i++) {
      a.dotPairs(i, SUMS, SUMS + 1);
    }
    return end(a, begin, round);
  }

  /// Operations of a round of `dot`.
  double dotOperations() {
    return 2.0 * SUMS * bits / 8;
  }

  private static int fma(Assembler a) {
    int begin = begin(a);
    var round = a.here();
    for (int i = 0; i < SUMS; i++) {
      a.multiplyAdd(i, SUMS, SUMS + 1);
    }
    return end(a, begin, round);
  }

  /// @param direct whether one instruction does it, else three: to pairs, to fours, to the sum
  private static int dot(Assembler a, boolean direct) {
    int begin = begin(a);
    var round = a.here();
    for (int i = 0; i < SUMS; i++) {
      if (direct) {
        a.dot(i, SUMS, SUMS + 1);
      } else {
        a.multiplyBytesAddPairs(SUMS + 2, SUMS, SUMS + 1);
        a.multiplyShortsAddPairs(SUMS + 2, SUMS + 2, Memory.at(Gpr.RDI, 0));
        a.addInts(i, i, SUMS + 2);
      }
    }
    return end(a, begin, round);
  }

  private static int read(Assembler a) {
    int begin = begin(a);
    var round = a.here();
    int bytes = a.width().bytes();
    for (int at = 0; at < READ_BYTES; at += bytes) {
      if (at % 64 == 0) {
        a.prefetch(Memory.at(Gpr.RDI, at + AHEAD));
      }
      int sum = at / bytes % SUMS;
      a.and(sum, sum, Memory.at(Gpr.RDI, at));
    }
    a.add(Gpr.RDI, READ_BYTES);
    return end(a, begin, round);
  }

  private static int begin(Assembler a) {
    int begin = a.function();
    for (int i = 0; i < SUMS + 3; i++) {
      a.zero(i);
    }
    return begin;
  }

  private static int end(Assembler a, int begin, Assembler.Label round) {
    a.decrement(Gpr.RSI);
    a.jumpIfNotZero(round);
    a.endVectors();
    a.ret();
    return begin;
  }

  /// Calls one of the three.
  static void call(Routine routine, long address, long rounds) {
    routine.call(address, rounds, 0, 0, 0, 0, 0);
  }
}
