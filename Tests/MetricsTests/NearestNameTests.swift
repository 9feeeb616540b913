import Metrics
import Testing

@Suite struct NearestNameTests {
    @Test(
        "An unknown name leads to the metric that it means for the kind of task",
        arguments: [
            ("accuracy", "classification", "top1"), ("Top_1", "classification", "top1"),
            ("balanced accuracy", "classification", "balanced-accuracy"), ("auc", "binary", "roc-auc"),
            ("auc", "multilabel", "macro-roc-auc"), ("mAP", "multilabel", "macro-average-precision"),
            ("mAP", "retrieval", "mean-average-precision"), ("rmse", "regression", "mean-squared-error"),
            ("kendal-tau", "ranking", "kendall-tau"),
        ])
    func leads(name: String, kind: String, meant: String) {
        #expect(Metrics.nearestName(to: name, forKind: kind) == meant)
    }

    @Test("Every synonym leads to a metric that scores the kind, or nowhere")
    func staysWithinKind() {
        for kind in Set(Metrics.catalogue.flatMap(\.kinds)) {
            for name in ["accuracy", "auc", "map", "f1", "mse", "xyzzyxyzzyxyzzy"] {
                guard let nearest = Metrics.nearestName(to: name, forKind: kind) else { continue }
                #expect(Metrics.names(forKind: kind).contains(nearest))
            }
        }
        #expect(Metrics.nearestName(to: "xyzzyxyzzyxyzzy", forKind: "ranking") == nil)
    }
}
