# Makes correctr.json: the corrected resampled t-test by correctR's own repkfold_ttest.
#
# correctR (Henderson, MIT) is an R package; one file of it suffices and needs no other package than stats. Run with the
# file R/repkfold_ttest.R of its repository (commit 05aed8bf was used, with R 4.2.2):
#   Rscript correctr.R repkfold_ttest.R > correctr.json
#
# Its two-sided p-value is 2·P(T > t), which is right for t >= 0 only, so that the first model is the better one here.
# Its kfold_ttest is not used: with n samples in k folds it multiplies s² by (1/n + 1/k)/(1 - 1/k) and takes n - 1
# degrees of freedom, which is neither Nadeau and Bengio's correction nor that of repkfold_ttest for one repeat.
source(commandArgs(trailingOnly = TRUE)[1])

case <- function(name, folds, repeats, gain) {
  places <- expand.grid(k = 1:folds, r = 1:repeats)
  i <- seq_len(nrow(places))
  second <- 0.7 + 0.05 * sin(1.7 * i)
  first <- second + gain + 0.03 * cos(2.9 * i)
  data <- rbind(cbind(model = 1, values = first, places), cbind(model = 2, values = second, places))
  # 1000 samples: folds of 1000/k to test on.
  test <- repkfold_ttest(data = data, n1 = 1000 - 1000 / folds, n2 = 1000 / folds, k = folds, r = repeats)
  number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
  sprintf('{"name":"%s","folds":%d,"first":%s,"second":%s,"t":%.17g,"p":%.17g}',
          name, folds, number(first), number(second), test$statistic, test$p.value)
}

cat("[", paste(c(
  case("ten folds", 10, 1, 0.02), case("five folds", 5, 1, 0.01), case("five folds, four times", 5, 4, 0.005),
  case("two folds, five times", 2, 5, 0.02), case("ten folds, ten times", 10, 10, 0.001)), collapse = ",\n"), "]\n", sep = "")
