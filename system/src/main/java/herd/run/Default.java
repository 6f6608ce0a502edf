package herd.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a component of a settings record is when the recipe leaves it out, written as it would
/// stand in the recipe: `@Default("2e-3")`, `@Default("4M")`, `@Default("[]")`,
/// `@Default("{kind: constant, rate: 1e-4}")`. A component without it must be given.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
  /// The value as YAML; for a component of type String the text itself.
  String value();
}
