package herd.spark;

import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/// Tables of three numbers, the form in which most steps make documents known to each other.
final class Table {
  /// `key, index, number`: something that a document has and others may have too.
  static final StructType KEYS = of("key", "index", "number");

  /// `index, key, number`: see [Findings].
  static final StructType FOUND = of("index", "key", "number");

  private Table() {}

  private static StructType of(String one, String two, String three) {
    return new StructType()
        .add(one, DataTypes.LongType, false)
        .add(two, DataTypes.LongType, false)
        .add(three, DataTypes.LongType, false);
  }

  static Encoder<Row> rows(StructType type) {
    return Encoders.row(type);
  }
}
