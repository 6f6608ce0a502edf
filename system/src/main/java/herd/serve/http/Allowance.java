package herd.serve.http;

/// So much a minute: a bucket that fills steadily and that each use empties. It may go below zero
/// when a use turns out larger than was known, and then has to fill up first.
final class Allowance {
  private final double perMinute; // 0 for no limit
  private double left;
  private long filledAt;

  Allowance(double perMinute, long nanos) {
    this.perMinute = perMinute;
    this.left = perMinute;
    this.filledAt = nanos;
  }

  boolean limited() {
    return perMinute > 0;
  }

  long limit() {
    return (long) perMinute;
  }

  /// Takes `amount` if that much is left now.
  /// @return whether it was; nothing is taken otherwise
  synchronized boolean take(double amount, long nanos) {
    fill(nanos);
    if (limited() && left < amount) {
      return false;
    }
    left -= amount;
    return true;
  }

  /// Takes `amount` whether it is left or not; a negative one gives back.
  synchronized void charge(double amount, long nanos) {
    fill(nanos);
    left = Math.min(perMinute, left - amount);
  }

  synchronized long left(long nanos) {
    fill(nanos);
    return Math.max(0, (long) left);
  }

  /// Seconds until `amount` will be left, at least 1.
  synchronized long secondsUntil(double amount, long nanos) {
    fill(nanos);
    return limited() ? Math.max(1, (long) Math.ceil((amount - left) * 60 / perMinute)) : 1;
  }

  private void fill(long nanos) {
    if (!limited()) {
      left = 0;
    } else {
      left = Math.min(perMinute, left + perMinute * (nanos - filledAt) / 60e9);
    }
    filledAt = nanos;
  }
}
