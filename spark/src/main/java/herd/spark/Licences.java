package herd.spark;

import herd.data.CorpusStep;
import herd.data.LicenceFilter;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;

/// What the files of repositories say of licences: equal sayings are counted, and each part is told
/// those of the repositories of its documents, with its first one.
record Licences(Decisions decisions) {
  private static final StructType SAID =
      new StructType().add("sketch", DataTypes.createArrayType(DataTypes.LongType, false), false);

  private static final StructType PLACES = new StructType()
      .add("repository", DataTypes.LongType, false)
      .add("index", DataTypes.LongType, false);

  /// @return rows `index, sketch, count`: the first document of a part, what files of a repository
  /// say, and how many say so
  Dataset<Row> of(JavaRDD<Block> blocks) {
    var spark = decisions.spark();
    var starts = decisions.starts();
    var said = spark
        .createDataFrame(blocks.mapPartitionsWithIndex(new Said(), false), SAID)
        .groupBy("sketch")
        .count();
    var places = spark
        .createDataFrame(blocks.mapPartitionsWithIndex(new Places(starts), false), PLACES)
        .distinct();
    return said.join(places, element_at(col("sketch"), 1).equalTo(col("repository")))
        .select("index", "sketch", "count");
  }

  private record Said() implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      return new Documents(blocks, 0, (_, sketch) -> {
        var numbers = new Long[sketch.length];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = sketch[i];
        }
        return RowFactory.create((Object) numbers);
      });
    }
  }

  private record Places(long[] starts)
      implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      return new Documents(blocks, 0, (_, sketch) -> RowFactory.create(sketch[0], starts[part]));
    }
  }

  /// Verdicts on the documents of a part.
  /// @param told rows as [#of] makes them
  static CorpusStep.Judge judge(LicenceFilter step, Iterator<Row> told) {
    var said = new LicenceFilter.Said();
    while (told.hasNext()) {
      var row = told.next();
      var sketch = row.<Long>getList(1).stream().mapToLong(Long::longValue).toArray();
      said.add(sketch, row.getLong(2));
    }
    return step.judge(said);
  }
}
