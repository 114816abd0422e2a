"""Estimators of other libraries that scikit-learn pipelines contain."""

from importlib.util import find_spec


def register_guests() -> None:
    if find_spec("onnxmltools") is None:
        return
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes as of_classifier,
    )
    from skl2onnx.common.shape_calculator import (
        calculate_linear_regressor_output_shapes as of_regressor,
    )

    choices = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    if find_spec("xgboost") is not None:
        import xgboost
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

        update_registered_converter(
            xgboost.XGBClassifier, "XGBClassifier", of_classifier, convert_xgboost, options=choices
        )
        update_registered_converter(xgboost.XGBRegressor, "XGBRegressor", of_regressor, convert_xgboost)
    if find_spec("lightgbm") is not None:
        import lightgbm
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        update_registered_converter(
            lightgbm.LGBMClassifier, "LGBMClassifier", of_classifier, convert_lightgbm, options=choices
        )
        update_registered_converter(
            lightgbm.LGBMRegressor, "LGBMRegressor", of_regressor, convert_lightgbm, options={"split": None}
        )
