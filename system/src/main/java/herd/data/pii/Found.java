package herd.data.pii;

/// Something personal in a text.
/// @param kind what it is
/// @param from where it begins
/// @param to where it ends
public record Found(Kind kind, int from, int to) {
  /// What can be found.
  public enum Kind {
    /// An e-mail address.
    EMAIL,
    /// A public internet address.
    IP,
    /// A telephone number that can be dialled.
    PHONE,
    /// An international bank account number with right check digits.
    IBAN,
    /// A payment card's number with a right check digit.
    CARD,
    /// A national identity, tax or insurance number.
    NATIONAL_ID
  }
}
