package api

// startTexts are the words of the start page.
type startTexts struct {
	Title, Skip, Languages, Intro, Live, On, Off, AsOf, NoFigures, Building, NoScript, Links, Docs,
	Ready, Metrics, Try, Callers, Form, Period, Received, Accepted, Refused, Persons,
	Earnings, Contributions, Assessed, Payments, AnyForm, Rows string
}

func startWords(lang string) startTexts {
	if lang == english {
		return startTexts{
			Title: "The ledger of insured persons and contributions", Skip: "Skip to the content",
			Languages: "Languages",
			Intro: "Here runs Stazh: it takes in payers' reports, keeps them as events that " +
				"never change, and shows accounts, coverage and balances that follow from them.",
			Live: "The country, live", On: "Connected: figures change by themselves.",
			Off:  "Connection lost, figures as of {time}; trying again.",
			AsOf: "Figures as of ledger position", NoFigures: "The figures cannot be read now.",
			Building: "The figures are being built: load the page again in a moment.",
			NoScript: "Without JavaScript load the page again to see new figures; " +
				"all of them are at GET /v1/reporting.",
			Links: "Where to go", Docs: "Documentation of the API", Ready: "readiness",
			Metrics: "metrics", Try: "Try it",
			Callers: "Callers name themselves in headers; the server answers this machine only.",
			Form:    "Form", Period: "Quarter", Received: "Filings received",
			Accepted: "Accepted, whole or in part", Refused: "Refused", Persons: "Persons",
			Earnings: "Earnings, BYN", Contributions: "Contributions reported, BYN",
			Assessed: "Assessed, BYN", Payments: "Paid, BYN", AnyForm: "all forms",
			Rows: "The row of a form is about the quarter that its files report. The row “all " +
				"forms” counts files in the quarter of their arrival, and has the money: what is " +
				"assessed for the quarter, and what was paid in it.",
		}
	}
	return startTexts{
		Title: "Реестр застрахованных лиц и взносов", Skip: "К содержанию", Languages: "Языки",
		Intro: "Здесь работает Stazh: он принимает отчёты плательщиков, хранит их как события, " +
			"которые никогда не меняются, и показывает счета, стаж и расчёты, которые из них " +
			"следуют.",
		Live: "По стране, вживую", On: "Связь есть: цифры меняются сами.",
		Off:  "Связь потеряна, цифры на {time}; соединяемся снова.",
		AsOf: "Цифры на позицию реестра", NoFigures: "Цифры сейчас прочитать не удалось.",
		Building: "Цифры ещё собираются: обновите страницу через минуту.",
		NoScript: "Без JavaScript обновите страницу, чтобы увидеть новые цифры; " +
			"все они – по GET /v1/reporting.",
		Links: "Куда дальше", Docs: "Описание API", Ready: "готовность", Metrics: "метрики",
		Try:     "Попробовать",
		Callers: "Обращающиеся называют себя в заголовках; сервер отвечает только этой машине.",
		Form:    "Форма", Period: "Квартал", Received: "Принято файлов",
		Accepted: "Засчитано полностью или частично", Refused: "Отклонено", Persons: "Лиц",
		Earnings: "Выплаты, BYN", Contributions: "Взносы по отчётам, BYN",
		Assessed: "Начислено, BYN", Payments: "Уплачено, BYN", AnyForm: "все формы",
		Rows: "Строка формы – о квартале, за который представлены её файлы. Строка «все формы» " +
			"считает файлы по кварталу их поступления и показывает деньги: начисленное за " +
			"квартал и уплаченное в нём.",
	}
}
