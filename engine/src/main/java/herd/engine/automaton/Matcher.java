package herd.engine.automaton;

import herd.engine.infer.Constraint;

/// A place in a text that must fit a grammar.
final class Matcher implements Constraint {
  private final Masks masks;
  private ItemSet at;

  Matcher(Masks masks, ItemSet at) {
    this.masks = masks;
    this.at = at;
  }

  @Override
  public Constraint fork() {
    return new Matcher(masks, at);
  }

  @Override
  public void allowed(long[] mask) {
    masks.copy(at, mask);
  }

  @Override
  public void accept(int id) {
    byte[] bytes = masks.vocabulary.bytes(id);
    if (bytes == null || bytes.length == 0) {
      throw new IllegalArgumentException("token " + id + " is no text");
    }
    ItemSet next = at;
    for (byte octet : bytes) {
      next = masks.step(next, octet & 0xFF);
      if (next == null) {
        throw new IllegalArgumentException("token " + id + " is not allowed here");
      }
    }
    at = next;
  }

  @Override
  public boolean mayEnd() {
    return at.complete;
  }
}
