package herd.serve.http;

import herd.engine.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// TLS from two PEM files.
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END");

  private Pem() {}

  /// @param certificate the server's certificate, then those that signed it
  /// @param privateKey its key in PKCS#8, not encrypted
  /// @throws UserError if a file cannot be read or the two do not belong together
  static SSLContext context(Path certificate, Path privateKey) {
    try {
      var chain = CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(read(certificate)))
          .toArray(Certificate[]::new);
      if (chain.length == 0) {
        throw wrong(certificate, "no certificate in it");
      }
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      var none = new char[0];
      var key = key(privateKey);
      if (!key.getAlgorithm().equals(chain[0].getPublicKey().getAlgorithm())
          && !key.getAlgorithm().startsWith("Ed")) {
        throw wrong(privateKey, "a key of another kind than the certificate's");
      }
      store.setKeyEntry("herd", key, none, chain);
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, none);
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw wrong(certificate, e.getMessage());
    }
  }

  private static PrivateKey key(Path file) throws GeneralSecurityException {
    var block = BLOCK.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
    if (!block.find()) {
      throw wrong(file, "no private key in it");
    }
    if (!block.group(1).equals("PRIVATE KEY")) {
      throw new UserError(
          file.toString(),
          block.group(1),
          "PRIVATE KEY (PKCS#8, not encrypted)",
          "Convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW");
    }
    byte[] bytes;
    try {
      bytes = Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw wrong(file, e.getMessage());
    }
    for (var kind : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      } catch (InvalidKeySpecException _) {
        continue; // of another kind
      }
    }
    throw wrong(file, "not an RSA, EC or Ed25519 key");
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw wrong(file, "cannot be read (" + e.getMessage() + ")");
    }
  }

  private static UserError wrong(Path file, String found) {
    return new UserError(file.toString(), found, "a PEM file", "Give --tls-cert and --tls-key.");
  }
}
